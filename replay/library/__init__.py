"""Playbooks and the catalog on disk."""
