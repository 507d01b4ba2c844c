"""Sessions of Claude Code: its own record of what it was asked, what it said and which tools it called."""
