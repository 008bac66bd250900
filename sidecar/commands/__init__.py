"""Commands of the console script; each module has ``add_parser`` and ``run``."""
