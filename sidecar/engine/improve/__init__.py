"""Better timetables from complete ones: genetic algorithm, hyper-heuristic."""
