"""Asking the solver: the term as a problem, the job, its progress and its result."""
