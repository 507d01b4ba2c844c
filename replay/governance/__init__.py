"""Who may change what: states, approvals, promotion, and the log of all of it."""
