"""Version of the wire contract."""

CONTRACT_VERSION = "1.0"
"""``major.minor``; a minor step only adds optional fields, a major one is ``/v2``."""
