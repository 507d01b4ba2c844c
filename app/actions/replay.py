"""What keys do in a replay, and with a proposal."""

from app.actions.values import Action, Area

REPLAY = (Area.REPLAY,)
REVIEW = (Area.REVIEW,)

ROWS: tuple[Action, ...] = (
    Action(
        "replay-from",
        "f",
        "from here",
        (Area.PLAYBOOK, Area.REPLAY),
        "Replay from the step under the cursor on; one that stopped there is gone on with.",
        footer=False,
    ),
    Action("next", "n", "next", REPLAY, "Run the step that the replay stands before."),
    Action("continue", "c", "continue", REPLAY, "Run on to the next breakpoint, divergence or end."),
    Action("run-to-cursor", "r", "to cursor", REPLAY, "Run until the replay stands before the step under the cursor."),
    Action("breakpoint", "b", "break", REPLAY, "Set or clear a breakpoint on the step under the cursor."),
    Action("skip", "k", "skip", REPLAY, "Go past this step without running it."),
    Action("stop", "x", "stop", REPLAY, "Stop the replay; a running step is ended."),
    Action(
        "into",
        "i",
        "into",
        REPLAY,
        "Step into a list (a && b; c): its commands run one by one, judged as a whole.",
        footer=False,
    ),
    Action(
        "step-back",
        "less_than_sign",
        "back",
        REPLAY,
        "Take the last step back, or all from the step under the cursor on; in a shadow, where each is a layer.",
    ),
    Action("pause", "p", "pause", REPLAY, "Halt before the next step; one that runs is let end."),
    Action(
        "break-on",
        "B",
        "break on",
        REPLAY,
        "Halt at an output, an exit code, a changed path or a value; the same words again clear it.",
        footer=False,
    ),
    Action(
        "breakpoints",
        "l",
        "list",
        REPLAY,
        "List what it halts at; go there, clear one, or add one.",
        footer=False,
    ),
    Action(
        "edit-values", "e", "values", REPLAY, "Go on with other values of parameters and captured ones.", footer=False
    ),
    Action(
        "restart",
        "R",
        "again",
        REPLAY,
        "Start the replay again, from its first step; a shadow begins anew.",
        footer=False,
    ),
    Action("approve", "y", "approve", REVIEW, "Approve this repair: it becomes a new draft version."),
    Action("reject", "n", "reject", REVIEW, "Reject this repair."),
    Action("edit", "e", "edit", REVIEW, "Write the command yourself; it still wants your approval."),
    Action("request-changes", "c", "changes", REVIEW, "Send it back with a note."),
    Action("other-proposal", "o", "other", REVIEW, "Look at the next proposal for the same step."),
    Action("why", "question_mark", "why", REVIEW, "Say what it rests on: rule, evidence, confidence, risk."),
)
