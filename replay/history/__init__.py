"""What was done more than once, held against each other: two runs, the last replays, time saved, drift."""
