"""Complete timetables from nothing: kernels build, CP-SAT takes what is tight."""
