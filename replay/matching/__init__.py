"""Did a step do what was recorded, up to what is known to vary, and if not why."""
