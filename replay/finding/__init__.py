"""Finds the playbook that was made for a task: an index of words, a ranking, and the decision that one clearly fits."""
