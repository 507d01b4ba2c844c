"""Compiles and replays: a trace becomes a playbook, a playbook becomes a new trace."""
