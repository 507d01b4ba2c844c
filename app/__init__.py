"""Two front ends over one core: the command line and the screen."""

__version__ = "0.1.0"
"""Of the program; the package's own metadata takes it from here."""
