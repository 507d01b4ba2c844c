"""Long work off the event loop; each posts facts in the past tense."""
