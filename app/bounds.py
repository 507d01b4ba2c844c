"""Numbers that both front ends take from a person, and the limits of them."""

THOROUGH, FEWEST_TIMES, MOST_TIMES = 3, 2, 100
"""Whole replays of a thorough validation: when nobody says how many, at least and at most."""
