"""What a term teaches: offerings, classes, events, students and their choices."""
