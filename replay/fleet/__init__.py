"""Replays one version on many hosts over SSH, canary first, then in waves; each host's replay is a run of its own."""
