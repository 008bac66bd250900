"""From a plan to what is in force: who approves, what is written, who is told."""
