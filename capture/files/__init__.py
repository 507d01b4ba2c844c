"""The file system: where to look, what is left alone, and what a step changed."""
