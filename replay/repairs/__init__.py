"""Repairs: what could be changed in a playbook so that a failed step works again, and who proposes it."""
