"""Set-up, demonstration and tests of the whole stack; standard library only."""
