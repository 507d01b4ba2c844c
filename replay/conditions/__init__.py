"""Preconditions: what a step needs, and what the machine says to that before anything runs."""
