"""One file a rule: what failure it recognises, what it proposes, and why."""
