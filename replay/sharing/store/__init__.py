"""Recordings in an object store: whole closed runs by the hash of what they hold, masked again before they leave."""
