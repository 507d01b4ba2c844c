"""Playbook versions through git: published with a signature beside each, fetched as drafts that say who signed."""
