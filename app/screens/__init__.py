"""The screens; each holds widgets and talks to the core through workers."""
