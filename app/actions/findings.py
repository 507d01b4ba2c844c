"""What keys do with what was found: differences, checks, hits, jobs."""

from app.actions.values import Action, Area

COMPARE = (Area.COMPARE,)
CHECK = (Area.CHECK,)
JOBS = (Area.JOBS,)
SEARCH = (Area.SEARCH,)
LEDGER = (Area.LEDGER,)
FIND = (Area.FIND,)

ROWS: tuple[Action, ...] = (
    Action("next-difference", "n", "next", COMPARE, "Go to the next step that differs."),
    Action("previous-difference", "N", "previous", COMPARE, "Go to the step before that differs.", footer=False),
    Action("check-shadow", "S", "in a shadow", CHECK, "Replay all of them strictly in isolated copies, too."),
    Action("open-recording", "o", "recording", LEDGER, "Open the recording that the replay is held against."),
    Action("stop-job", "x", "stop", JOBS, "Stop the job under the cursor; nothing of it is kept."),
    Action("ask-anew", "slash", "another text", (*SEARCH, *FIND), "Search for another text."),
    Action(
        "dispatch", "d", "dispatch", FIND, "Tell which playbook is to be replayed here for the task, or why none is."
    ),
    Action("replay-dispatched", "t", "replay it", FIND, "Replay what was dispatched, strictly, with its values."),
)
