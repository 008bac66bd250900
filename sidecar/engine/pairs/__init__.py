"""Search on packed time patterns, for problems that are no weekly grid."""
