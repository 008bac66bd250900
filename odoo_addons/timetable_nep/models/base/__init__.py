"""What several models share, the university's settings, and Odoo's own models."""
