"""The trace on disk: versioned, append-only, readable after a crash."""
