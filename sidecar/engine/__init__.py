"""The engine: problem in, timetables out. No network, no database, no environment."""
