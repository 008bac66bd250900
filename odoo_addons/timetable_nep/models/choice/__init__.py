"""Choice first: windows, rules, wishes, allotment, seats and waiting lists."""
