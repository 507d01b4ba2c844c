"""Spreads work over processes and machines: each order is begun once at the most, whatever dies meanwhile."""
