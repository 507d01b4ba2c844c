"""What keys do beside the shell pane, and while it is looked back through."""

from app.actions.values import Action, Area

RECORD = (Area.RECORD,)
SCROLLBACK = (Area.SCROLLBACK,)

ROWS: tuple[Action, ...] = (
    Action(
        "leave-pane",
        "ctrl+right_square_bracket",
        "leave pane",
        RECORD,
        "Leave the shell pane, and come back to it: every other key belongs to the shell.",
    ),
    Action("leave-running", "d", "leave running", RECORD, "Go back and let the shell run on; enter on Home opens it."),
    Action("end-session", "x", "end session", RECORD, "End the shell and open its trace."),
    Action(
        "note", "f2", "note", RECORD, "Keep a note with the step that runs or ran last; without a text, a bookmark."
    ),
    Action("pause-recording", "p", "pause", RECORD, "Record nothing from the next prompt on, or record again."),
    Action("look-back", "left_square_bracket", "look back", RECORD, "Move through what was shown, select and copy."),
    Action("search-back", "slash", "search", RECORD, "Search in all that the shell has shown.", footer=False),
    Action(
        "send-key",
        "right_square_bracket",
        "send ctrl+]",
        RECORD,
        "Send the program in the pane the key that leaves it.",
        footer=False,
    ),
    Action("look-left", "left,h", "left", SCROLLBACK, "One cell to the left.", footer=False),
    Action("look-right", "right,l", "right", SCROLLBACK, "One cell to the right.", footer=False),
    Action("look-up", "up,k", "up", SCROLLBACK, "One row up.", footer=False),
    Action("look-down", "down,j", "down", SCROLLBACK, "One row down.", footer=False),
    Action("look-page-up", "pageup,ctrl+b", "page up", SCROLLBACK, "A page up."),
    Action("look-page-down", "pagedown,ctrl+f", "page down", SCROLLBACK, "A page down.", footer=False),
    Action("look-oldest", "g,home", "oldest", SCROLLBACK, "To the oldest row that is kept.", footer=False),
    Action("look-newest", "G,end", "newest", SCROLLBACK, "To the newest row.", footer=False),
    Action("look-search", "slash", "search", SCROLLBACK, "Search for a text, towards the oldest."),
    Action("look-next", "n", "next", SCROLLBACK, "To the next place of it, towards the oldest."),
    Action("look-previous", "N", "previous", SCROLLBACK, "To the place before, towards the newest.", footer=False),
    Action("look-select", "v,space", "select", SCROLLBACK, "Begin to select here, or take the selection back."),
    Action("look-copy", "y,enter", "copy", SCROLLBACK, "Copy what is selected, over SSH and through tmux too."),
    Action("look-leave", "q,escape", "to the shell", SCROLLBACK, "Give the keys back to the shell."),
    Action(
        "zoom", "z", "fill screen", RECORD, "Let the shell pane fill the screen, and give the rest its place again."
    ),
    Action("wider", "greater_than_sign", "wider", RECORD, "Give the shell pane more of the width.", footer=False),
    Action("narrower", "less_than_sign", "narrower", RECORD, "Give the shell pane less of it.", footer=False),
    Action("unmask", "u", "no secret", RECORD, "Say that what was masked last is no secret: it is kept as it is."),
)
