"""Two front ends over one core: the command line and the screen."""
