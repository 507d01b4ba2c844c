"""What keys do with a playbook, its versions and its document."""

from app.actions.values import Action, Area

PLAYBOOK = (Area.PLAYBOOK,)
EDITOR = (Area.EDITOR,)
VERSIONED = (Area.PLAYBOOK, Area.REPLAY, Area.INBOX)

ROWS: tuple[Action, ...] = (
    Action(
        "history",
        "h",
        "history",
        PLAYBOOK,
        "Look at its replays: which step flakes, which output varies.",
        footer=False,
    ),
    Action("simulate", "s", "simulate", PLAYBOOK, "Check whether it is ready; runs nothing."),
    Action("strict", "t", "strict", PLAYBOOK, "Replay; stop at the first divergence.", footer=False),
    Action("guided", "g", "guided", PLAYBOOK, "Replay; at a divergence, propose repairs and wait."),
    Action(
        "shadow",
        "S",
        "shadow",
        PLAYBOOK,
        "Replay strictly in an isolated copy; nothing reaches the host.",
        footer=False,
    ),
    Action(
        "try-step",
        "r",
        "try",
        PLAYBOOK,
        "Try the step under the cursor in a shadow, on what the steps before it leave there.",
    ),
    Action(
        "try-alone",
        "R",
        "try alone",
        PLAYBOOK,
        "Try the step under the cursor in a shadow of the workspace as it is: nothing runs before it.",
        footer=False,
    ),
    Action("take-back", "k", "keep", PLAYBOOK, "Take back a step that was left out: compiled again as a new draft."),
    Action(
        "carry",
        "c",
        "variables",
        PLAYBOOK,
        "Set variables first that were exported before the recording: compiled again as a new draft.",
        footer=False,
    ),
    Action(
        "edit-text",
        "enter",
        "edit",
        PLAYBOOK,
        "Edit its document here, at the step under the cursor: what holds is saved as a new draft.",
    ),
    Action(
        "edit-outside",
        "E",
        "in $EDITOR",
        PLAYBOOK,
        "Edit its document in your own editor: what holds is saved as a new draft.",
        footer=False,
    ),
    Action("save", "ctrl+s", "save as a draft", EDITOR, "Save what you wrote as a new draft, once it holds."),
    Action("to-mistake", "f8", "to the mistake", EDITOR, "Put the cursor where the document is wrong."),
    Action("in-editor", "ctrl+o", "in $EDITOR", EDITOR, "Write on in your own editor; come back with what it left."),
    Action("leave", "escape", "leave", EDITOR, "Go back; asks first when what you wrote is not saved."),
    Action("set-values", "e", "values", PLAYBOOK, "Set parameters for the next replay from this screen.", footer=False),
    Action(
        "verify",
        "V",
        "verify",
        PLAYBOOK,
        "Do it again in an isolated copy; what varies there is masked in a new draft.",
        footer=False,
    ),
    Action(
        "update",
        "u",
        "update",
        PLAYBOOK,
        "Hold it against a replay or run; what no longer matches is written anew as a draft.",
        footer=False,
    ),
    Action("validate", "v", "validate", VERSIONED, "Try this version in an isolated copy of the workspace."),
    Action(
        "validate-thoroughly",
        "N",
        "n times",
        PLAYBOOK,
        "Validate it several times over: which step flakes, which output varies.",
        footer=False,
    ),
    Action("promote", "P", "promote", VERSIONED, "Make this version the active one; wants a green validation."),
    Action("answer", "a", "questions", PLAYBOOK, "Go to the next open question of the compiler.", footer=False),
    Action("answer-yes", "y", "yes", PLAYBOOK, "Answer the question under the cursor with yes: makes a new draft."),
    Action("answer-no", "n", "no", PLAYBOOK, "Answer the question under the cursor with no: makes a new draft."),
    Action(
        "rollback", "B", "roll back", PLAYBOOK, "Make the version that was active before active again.", footer=False
    ),
    Action("disable", "D", "disable", PLAYBOOK, "Never run this version again.", footer=False),
    Action(
        "diff",
        "equals_sign",
        "diff",
        PLAYBOOK,
        "Show what this version changed; in the list of versions, against that.",
        footer=False,
    ),
    Action(
        "export",
        "w",
        "export",
        PLAYBOOK,
        "Write it to a file: YAML, bash, Markdown, workflow, Ansible, justfile.",
        footer=False,
    ),
)
