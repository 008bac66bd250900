"""Plain Python without Odoo, so that it can be tested alone."""
