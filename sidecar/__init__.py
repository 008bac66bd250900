"""timetable_nep's solver service: contract, formats, engine, jobs and HTTP API."""

__version__ = "0.1.0"
