"""Records: a session becomes a trace."""
