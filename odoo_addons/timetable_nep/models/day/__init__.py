"""What is in force, by date: meetings, changes, absences, the desk, requests."""
