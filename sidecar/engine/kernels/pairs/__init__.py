"""Kernels of the search on packed time patterns."""
