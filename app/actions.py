"""THE table of everything that a key can do: bindings, footer, help, palette and the README come from it."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from app.keys import shown

if TYPE_CHECKING:
    from textual.binding import BindingType


class Area(StrEnum):
    """Where an action can be used."""

    ANYWHERE = "Anywhere"
    HOME = "Home"
    RECORD = "Record"
    SCROLLBACK = "Looking back"
    """In the shell pane, while keys move through what it has shown."""
    TRACE = "Trace"
    PLAYER = "Player"
    PLAYBOOK = "Playbook"
    EDITOR = "Editor"
    REPLAY = "Replay"
    REVIEW = "Open proposal"
    """On the Replay and Inbox screens while a proposal is open: these keys win over those of the screen."""
    INBOX = "Inbox"
    AUDIT = "Audit"
    DOCTOR = "Doctor"
    SOURCES = "Sources"
    HISTORY = "History"
    COMPARE = "Compare"
    SEARCH = "Search"
    CHECK = "Check"
    JOBS = "Jobs"
    SETTINGS = "Settings"


class Action(msgspec.Struct, frozen=True):
    """One thing that a key does."""

    id: str
    """Stable; what a user's own key map names."""
    key: str
    """As Textual names it; several are split by commas. A person may give it others: `app.keymap`."""
    words: str
    """One or two words, for the footer."""
    areas: tuple[Area, ...]
    """Where it works."""
    tooltip: str
    """One sentence, for help and palette."""
    footer: bool = True
    """Whether the footer shows it."""

    @property
    def method(self) -> str:
        """What Textual calls: the method `action_…` of a screen or of the app."""
        return self.id.replace("-", "_")

    @property
    def shown_key(self) -> str:
        """The key as people write it."""
        return shown(self.key)


ANYWHERE, HOME, RECORD, TRACE = (Area.ANYWHERE,), (Area.HOME,), (Area.RECORD,), (Area.TRACE,)
SCROLLBACK = (Area.SCROLLBACK,)
PLAYER, SOURCES, AUDIT, SETTINGS = (Area.PLAYER,), (Area.SOURCES,), (Area.AUDIT,), (Area.SETTINGS,)
PLAYBOOK, REPLAY, REVIEW = (Area.PLAYBOOK,), (Area.REPLAY,), (Area.REVIEW,)
LISTS = (Area.HOME, Area.INBOX, Area.AUDIT, Area.HISTORY, Area.CHECK, Area.SOURCES, Area.SEARCH, Area.JOBS)
EDITOR = (Area.EDITOR,)
VERSIONED = (Area.PLAYBOOK, Area.REPLAY, Area.INBOX)

ACTIONS: tuple[Action, ...] = (
    Action("open", "enter", "open", LISTS, "Open what the cursor is on."),
    Action("record", "r", "record", HOME, "Record a session in a live shell, named after the directory."),
    Action(
        "record-as",
        "R",
        "record as",
        HOME,
        "Record under a name, for a goal and with files elsewhere that you give first.",
        footer=False,
    ),
    Action(
        "import-run",
        "I",
        "import",
        HOME,
        "Make a recording, or of Markdown a playbook, of another tool's file.",
        footer=False,
    ),
    Action(
        "mark",
        "space",
        "mark",
        (Area.HOME, Area.HISTORY),
        "Mark a run: several recordings of the same work make one playbook, two runs compare.",
    ),
    Action(
        "compare",
        "equals_sign",
        "compare",
        (Area.HOME, Area.HISTORY, Area.REPLAY),
        "Compare the two marked runs step by step, or a replay with its recording.",
        footer=False,
    ),
    Action(
        "check",
        "v",
        "check all",
        HOME,
        "Tell whether the active versions of all playbooks would still pass.",
        footer=False,
    ),
    Action(
        "ledger", "l", "saved", (Area.HOME, Area.HISTORY), "Tell what replaying has saved, with its sums.", footer=False
    ),
    Action(
        "history",
        "h",
        "history",
        PLAYBOOK,
        "Look at its replays: which step flakes, which output varies.",
        footer=False,
    ),
    Action("next-difference", "n", "next", (Area.COMPARE,), "Go to the next step that differs."),
    Action(
        "previous-difference", "N", "previous", (Area.COMPARE,), "Go to the step before that differs.", footer=False
    ),
    Action("check-shadow", "S", "in a shadow", (Area.CHECK,), "Replay all of them strictly in isolated copies, too."),
    Action(
        "join",
        "j",
        "join",
        HOME,
        "Make one recording of the marked ones, in the order of their marks; they stay as they are.",
        footer=False,
    ),
    Action(
        "compile-marked", "c", "compile", HOME, "Compile the marked recordings, or the one under the cursor, into one."
    ),
    Action("settle", "s", "settle", HOME, "Say whether a step happened that a killed replay left unknown."),
    Action("filter-lists", "slash", "filter", HOME, "Type to list only what holds the words; esc lists all again."),
    Action("demo", "D", "demo", HOME, "Play the whole story on a throw-away home, then come back here.", footer=False),
    Action("stop-job", "x", "stop", (Area.JOBS,), "Stop the job under the cursor; nothing of it is kept."),
    Action("inbox", "i", "inbox", HOME, "Open the repairs that wait for a person."),
    Action("audit", "a", "audit", HOME, "Look at every decision, and whether the log of them is whole.", footer=False),
    Action(
        "doctor",
        "m",
        "doctor",
        HOME,
        "Look at what this machine offers: shells, shadow, terminal, store.",
        footer=False,
    ),
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
    Action("compile", "c", "compile", TRACE, "Compile this recording into a playbook."),
    Action(
        "compile-verified",
        "C",
        "and verify",
        TRACE,
        "Compile it, and do it again in an isolated copy to learn what varies.",
        footer=False,
    ),
    Action("keep", "k,plus", "keep", TRACE, "Keep the step under the cursor: compiling will not leave it out."),
    Action(
        "drop", "minus", "drop", TRACE, "Drop the step under the cursor: compiling leaves it out; it stays recorded."
    ),
    Action("find", "slash", "find", TRACE, "Find a text in all that was run and printed in this recording."),
    Action("next-hit", "n", "next hit", TRACE, "Go to the next line that holds what was searched for.", footer=False),
    Action("previous-hit", "N", "hit before", TRACE, "Go to the line before that holds it.", footer=False),
    Action("next-file", "f", "file diff", TRACE, "Go to the next file that the step wrote, and what changed in it."),
    Action(
        "zoom-pane",
        "z",
        "zoom",
        TRACE,
        "Give the pane that the keys go to all the room, or share it again.",
        footer=False,
    ),
    Action("play", "p", "play", TRACE, "Play the recording, from the step under the cursor on."),
    Action("play-pause", "space", "play/pause", PLAYER, "Play or pause; at the end, play again from the start."),
    Action("next-command", "n", "next", PLAYER, "Go to where the next command began."),
    Action("previous-command", "N", "previous", PLAYER, "Go to where this command, or the one before it, began."),
    Action("next-error", "e", "error", PLAYER, "Go to where the next command that failed began."),
    Action("previous-error", "E", "error before", PLAYER, "Go to the failed command before.", footer=False),
    Action("faster", "plus,equals_sign", "faster", PLAYER, "Play twice as fast, up to 16 times."),
    Action("slower", "minus", "slower", PLAYER, "Play half as fast, down to a quarter."),
    Action("idle-cap", "i", "pauses", PLAYER, "Shorten pauses to 2 s, to half a second, or not at all."),
    Action("jump", "g", "jump", PLAYER, "Go to a moment: seconds, mm:ss, or step:K as step K left it."),
    Action("rewind", "left", "-5 s", PLAYER, "Go five seconds back.", footer=False),
    Action("forward", "right", "+5 s", PLAYER, "Go five seconds on.", footer=False),
    Action("to-start", "home,0", "start", PLAYER, "Go to the very start.", footer=False),
    Action("to-end", "end,dollar_sign", "end", PLAYER, "Go to the very end.", footer=False),
    Action(
        "cut-step",
        "x",
        "cut",
        TRACE,
        "Take the step under the cursor out of the recording; the original is kept.",
        footer=False,
    ),
    Action(
        "redact",
        "m",
        "mask",
        TRACE,
        "Mask a text everywhere in the recording, in the original too; nothing gives it back.",
        footer=False,
    ),
    Action(
        "shorten",
        "i",
        "silences",
        TRACE,
        "Shorten its silences to so many seconds; the original is kept.",
        footer=False,
    ),
    Action(
        "purge",
        "X",
        "purge",
        TRACE,
        "Delete for good what was before the edits: the original, and all between.",
        footer=False,
    ),
    Action("undo-edit", "u", "undo", TRACE, "Take the last edit back.", footer=False),
    Action("undo-all-edits", "U", "original", TRACE, "Take all edits back: the original recording.", footer=False),
    Action(
        "trim-start",
        "left_square_bracket",
        "trim before",
        TRACE,
        "Take out everything before the step under the cursor; the original is kept.",
        footer=False,
    ),
    Action(
        "trim-end",
        "right_square_bracket",
        "trim behind",
        TRACE,
        "Take out everything behind the step under the cursor; the original is kept.",
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
    Action("take-back", "k", "keep", PLAYBOOK, "Take back a step that was left out: compiled again as a new draft."),
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
        "incident",
        "W",
        "incident",
        (Area.TRACE, Area.REPLAY, Area.HISTORY, Area.COMPARE),
        "Write one page on it to attach to a report: it plays in any browser, its secrets masked.",
        footer=False,
    ),
    Action(
        "export-run",
        "w",
        "export",
        TRACE,
        "Write it to a file: asciicast, SVG (still or animated), VHS, text.",
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
    Action("export-audit", "w", "export", AUDIT, "Write what is listed to a file, as in-toto statements."),
    Action(
        "filter",
        "slash",
        "filter",
        (Area.INBOX, Area.AUDIT),
        "List only some, while you type: a text, playbook:NAME; since:7d, kind:promoted, by:ada, risk:high.",
    ),
    Action("sort", "s", "sort", (Area.INBOX, Area.AUDIT), "Take the next order; the frame of the list names it."),
    Action("next-waiting", "w", "next waiting", (Area.INBOX,), "Go to the repair that waits longest, then on."),
    Action("verify-chain", "V", "check", AUDIT, "Check the whole chain again, here; what is wrong is gone to."),
    Action("verify-copy", "v", "verify a copy", AUDIT, "Hold the log against a copy of its head kept elsewhere."),
    Action("audit-format", "f", "format", AUDIT, "Tell how to check the log without this program.", footer=False),
    Action("remove", "d", "delete run", (Area.HOME, Area.TRACE), "Delete the recording, after a question."),
    Action(
        "reload",
        "f5",
        "reload",
        (Area.HOME, Area.INBOX, Area.AUDIT, Area.DOCTOR, Area.HISTORY, Area.CHECK, Area.SOURCES, Area.SETTINGS),
        "Read what is listed again.",
        footer=False,
    ),
    Action("edit-ignored", "i", "ignored", (Area.DOCTOR,), "Edit in $EDITOR which paths are never told as effects."),
    Action("rebuild", "R", "rebuild", (Area.DOCTOR,), "Make the catalog again from the files; the old one is kept."),
    Action("edit-secrets", "s", "secrets", (Area.DOCTOR,), "Edit in $EDITOR your own rules of what is masked."),
    Action("edit-policy", "p", "policy", (Area.DOCTOR,), "Edit in $EDITOR what replays may do and what they ask."),
    Action("sources", "o", "sources", (Area.DOCTOR,), "Open the sources of repairs outside of this machine."),
    Action("rules", "r", "rules", (Area.DOCTOR,), "List the rules that propose repairs, and what became of that."),
    Action("allow-source", "y", "allow", SOURCES, "Say yes to what is sent to this source, which is shown first."),
    Action("withdraw-source", "n", "withdraw", SOURCES, "Let nothing more be sent to this source."),
    Action("test-source", "t", "test", SOURCES, "Ask this source about a made-up failure, and show what it answers."),
    Action("store-key", "k", "key", SOURCES, "Put the key of this source into the keyring."),
    Action("forget-key", "K", "forget key", SOURCES, "Take the key of this source out of the keyring.", footer=False),
    Action("edit-sources", "e", "edit", SOURCES, "Edit in $EDITOR which sources are on, and within what bounds."),
    Action("change-setting", "enter", "change", SETTINGS, "Give the setting under the cursor another value or key."),
    Action("reset-setting", "u", "built in", SETTINGS, "Take the setting under the cursor back to what is built in."),
    Action("find-setting", "slash", "find", SETTINGS, "List only settings and keys with a word in their name."),
    Action("edit-settings", "e", "edit file", SETTINGS, "Edit the file of the settings in $EDITOR."),
    Action("back", "escape", "back", ANYWHERE, "Go back to the screen before."),
    Action("help", "question_mark,f1", "help", ANYWHERE, "Show every key of this screen."),
    Action("command-palette", "ctrl+p", "palette", ANYWHERE, "Find any action by its words.", footer=False),
    Action("ask-anew", "slash", "another text", (Area.SEARCH,), "Search for another text."),
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


def actions_in(*areas: Area) -> tuple[Action, ...]:
    """The actions of some areas, in the table's order.

    Args:
        areas: Which ones.

    Returns:
        Each action once.
    """
    return tuple(action for action in ACTIONS if set(areas) & set(action.areas))


def bindings(*areas: Area, keys: Mapping[str, str] | None = None) -> "list[BindingType]":
    """Textual's bindings of some areas.

    Args:
        areas: Which ones; where two share a key, the earlier area's is asked first.
        keys: A person's own keys, by action.

    Returns:
        One binding a key.
    """
    # The command line reads the table too, and can't wait for Textual.
    from textual.binding import Binding  # noqa: PLC0415

    ordered: dict[str, Action] = {}
    for area in areas:
        ordered |= {action.id: action for action in actions_in(area) if action.id not in ordered}
    return [
        Binding(
            key,
            action.method,
            action.words,
            show=action.footer and number == 0,
            key_display=shown(key),
            tooltip=action.tooltip,
            id=action.id if number == 0 else None,
        )
        for action in ordered.values()
        for number, key in enumerate((keys or {}).get(action.id, action.key).split(","))
    ]


def key_table(actions: Iterable[Action] = ACTIONS) -> str:
    """The README's table, in Markdown.

    Args:
        actions: Which rows.

    Returns:
        One row an action and area, its last line end included.
    """
    rows = ["| where | key | does |", "|---|---|---|"]
    for area in Area:
        rows += [f"| {area} | `{action.shown_key}` | {action.tooltip} |" for action in actions if area in action.areas]
    return "\n".join(rows) + "\n"
