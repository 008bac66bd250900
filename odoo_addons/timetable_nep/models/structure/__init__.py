"""What a university has: week, rooms, terms, courses, people who teach."""
