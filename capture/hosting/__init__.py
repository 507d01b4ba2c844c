"""What the host's loop rests on: who is attached, what wakes it, and what a recording begins with."""
