"""The themes: dark, light, high contrast, and one of the terminal's own 16 colours."""

from collections.abc import Mapping

from textual.theme import BUILTIN_THEMES, Theme

SHADED = {"cursor-style": "bold", "cursor-blurred-style": "none"}
"""The line under the cursor has a ground of its own."""
REVERSED = {
    "cursor-background": "transparent",
    "cursor-style": "reverse bold",
    "cursor-blurred-background": "transparent",
    "cursor-blurred-style": "underline",
}
"""The line under the cursor is reversed: as legible as any other, whatever colours are in it."""

DARK = Theme(
    name="dark",
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
    variables={
        **SHADED,
        "foreground-muted": "#a2aac4",
        "text-muted": "#a2aac4",
        "text-error": "#f98fa3",
        "border": "#3a4058",
        "border-blurred": "#2c3145",
        "cursor-background": "#2b3652",
        "cursor-blurred-background": "#232736",
        "footer-key-foreground": "#7aa2f7",
    },
)
LIGHT = Theme(
    name="light",
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
    variables={
        **SHADED,
        "foreground-muted": "#575d70",
        "text-muted": "#575d70",
        "border": "#b9bac4",
        "border-blurred": "#d2d2ca",
        "cursor-background": "#cfd9ee",
        "cursor-blurred-background": "#e4e4dd",
        "footer-key-foreground": "#2f5fc4",
    },
)
HIGH_CONTRAST = Theme(
    name="high-contrast",
    primary="#7fd4ff",
    secondary="#7fffd4",
    accent="#ffb3ff",
    success="#5fff5f",
    warning="#ffd75f",
    error="#ff9c9c",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#1c1c1c",
    dark=True,
    variables={
        **REVERSED,
        "foreground-muted": "#d0d0d0",
        "text-muted": "#d0d0d0",
        "border": "#ffffff",
        "border-blurred": "#8a8a8a",
        "footer-key-foreground": "#7fd4ff",
        **{
            f"text-{name}": colour
            for name, colour in {
                "primary": "#7fd4ff",
                "success": "#5fff5f",
                "warning": "#ffd75f",
                "error": "#ff9c9c",
                "accent": "#ffb3ff",
            }.items()
        },
    },
)
ANSI_DARK = Theme(
    name="ansi-dark",
    ansi=True,
    # The plain blue, red and yellow (on a console: brown) are too dark on black to be read.
    primary="ansi_cyan",
    secondary="ansi_bright_cyan",
    accent="ansi_bright_magenta",
    success="ansi_bright_green",
    warning="ansi_bright_yellow",
    error="ansi_bright_red",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    dark=True,
    variables={
        **BUILTIN_THEMES["ansi-dark"].variables,
        **REVERSED,
        # Half of the default colour is too dark on a console.
        "foreground-muted": "ansi_white",
        "text-muted": "ansi_white",
        "border": "ansi_white",
        "border-blurred": "ansi_bright_black",
        "footer-key-foreground": "ansi_cyan",
        "link-color": "ansi_cyan",
        "scrollbar": "ansi_bright_black",
        "scrollbar-hover": "ansi_cyan",
        "scrollbar-active": "ansi_cyan",
    },
)
OWN: Mapping[str, Theme] = {theme.name: theme for theme in (DARK, LIGHT, HIGH_CONTRAST, ANSI_DARK)}
"""By the name that the settings have for each."""
