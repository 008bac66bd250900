"""From wire to wire: the one place where contract, formats and engine meet.

Used by the worker process and by the console script; loads numba and ortools, so
nothing that serves HTTP may import it.
"""
