"""Secrets: what is one, how it is masked before anything is written, and how a masking is undone."""
