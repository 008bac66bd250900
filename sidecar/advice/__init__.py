"""Ways out of what is unplaced or broken, and better places for one event.

Plain Python over the contract: it reads a problem and a timetable, owes nothing to the
engine, and answers within a third of a second for a large university.
"""
