"""What keys do on every screen."""

from app.actions.values import Action, Area

ANYWHERE = (Area.ANYWHERE,)

ROWS: tuple[Action, ...] = (
    Action("back", "escape", "back", ANYWHERE, "Go back to the screen before."),
    Action("help", "question_mark,f1", "help", ANYWHERE, "Show every key of this screen."),
    Action("command-palette", "ctrl+p", "palette", ANYWHERE, "Find any action by its words.", footer=False),
    Action(
        "search", "ctrl+f", "search", ANYWHERE, "Find a text in all recordings: commands and outputs.", footer=False
    ),
    Action("jobs", "J", "jobs", ANYWHERE, "See what goes on and what has ended, wherever one is.", footer=False),
    Action(
        "jump-to",
        "semicolon",
        "jump to",
        ANYWHERE,
        "Label every pane, row and tab; one or two letters go there.",
        footer=False,
    ),
    Action("settings", "comma", "settings", ANYWHERE, "Look at the settings and keys, and change them.", footer=False),
    Action(
        "choose-theme", "T", "theme", ANYWHERE, "Try themes on: dark, light, high contrast, 16 colours.", footer=False
    ),
    Action(
        "stop-errand",
        "ctrl+x",
        "stop it",
        ANYWHERE,
        "Stop what goes on, as the first line tells of it; of several, choose one.",
        footer=False,
    ),
    Action(
        "freeze",
        "F",
        "freeze",
        ANYWHERE,
        "Stop every replay of this home and let none begin, or lift that again.",
        footer=False,
    ),
    Action("quit", "q,ctrl+q", "quit", ANYWHERE, "Quit; a running session or replay is ended first.", footer=False),
)
