"""What a team shares: the catalog in PostgreSQL, in the place of the one in each home."""
