"""The screens as questions and answers on lines: for screen readers, and terminals that can't move their cursor."""
