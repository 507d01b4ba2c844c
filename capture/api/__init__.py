"""The recorder as a library: an agent, or any program, tells its own actions, and they become a run like any other."""
