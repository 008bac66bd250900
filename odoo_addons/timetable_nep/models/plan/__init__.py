"""A timetable as a weekly plan: the board, comparing, repair, figures, files."""
