"""What a person sets for the program itself: one TOML file in the home, read, checked, shown and changed."""
