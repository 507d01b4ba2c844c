"""A debugger for replays, without a screen: breakpoints, moves, lists run part by part, and the way back."""
