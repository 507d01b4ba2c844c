"""Two calm themes of the program's own; the third, for 16 colours, is Textual's."""

from textual.theme import Theme

DARK = Theme(
    name="replaybook",
    primary="#7aa2f7",
    secondary="#7dcfff",
    accent="#bb9af7",
    success="#9ece6a",
    warning="#e0af68",
    error="#f7768e",
    foreground="#c8d0e8",
    background="#15171f",
    surface="#1b1e29",
    panel="#232736",
    dark=True,
    variables={"border": "#3a4058", "border-blurred": "#2c3145", "footer-key-foreground": "#7aa2f7"},
)
LIGHT = Theme(
    name="replaybook-light",
    primary="#2f5fc4",
    secondary="#0f7b8a",
    accent="#7a3fb0",
    success="#3b7a1e",
    warning="#96600a",
    error="#bb2a45",
    foreground="#23283a",
    background="#f7f7f4",
    surface="#efefea",
    panel="#e4e4dd",
    dark=False,
    variables={"border": "#b9bac4", "border-blurred": "#d2d2ca", "footer-key-foreground": "#2f5fc4"},
)
CYCLE = (DARK.name, LIGHT.name, "ansi-dark")
"""What the theme key goes through; the palette has all of Textual's as well."""
