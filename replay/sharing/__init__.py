"""What leaves a home for others, and what comes from them: versions through git, recordings through an object store."""
