from . import timetable_public, website
