"""What students, faculty and the public read: weeks, calendars, the board."""
