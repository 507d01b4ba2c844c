"""What keys do with decisions: those that wait, and those that were made."""

from app.actions.values import Action, Area

AUDIT = (Area.AUDIT,)
DECIDED = (Area.INBOX, Area.AUDIT)
INBOX = (Area.INBOX,)

ROWS: tuple[Action, ...] = (
    Action("export-audit", "w", "export", AUDIT, "Write what is listed to a file, as in-toto statements."),
    Action(
        "filter",
        "slash",
        "filter",
        DECIDED,
        "List only some, while you type: a text, playbook:NAME; since:7d, kind:promoted, by:ada, risk:high.",
    ),
    Action("sort", "s", "sort", DECIDED, "Take the next order; the frame of the list names it."),
    Action("next-waiting", "w", "next waiting", INBOX, "Go to the repair that waits longest, then on."),
    Action("verify-chain", "V", "check", AUDIT, "Check the whole chain again, here; what is wrong is gone to."),
    Action("verify-copy", "v", "verify a copy", AUDIT, "Hold the log against a copy of its head kept elsewhere."),
    Action("audit-format", "f", "format", AUDIT, "Tell how to check the log without this program.", footer=False),
)
