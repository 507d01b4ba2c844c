"""What keys do on Home, and in every list."""

from app.actions.values import Action, Area

LISTS = (
    Area.HOME,
    Area.INBOX,
    Area.AUDIT,
    Area.HISTORY,
    Area.CHECK,
    Area.SOURCES,
    Area.SEARCH,
    Area.JOBS,
    Area.LEDGER,
    Area.FIND,
)
HOME = (Area.HOME,)
RUNS = (Area.HOME, Area.HISTORY)

ROWS: tuple[Action, ...] = (
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
    Action("record-script", "S", "script", HOME, "Record a script: it is typed into a real shell.", footer=False),
    Action(
        "record-last",
        "L",
        "just now",
        HOME,
        "Make a recording of the last commands of a terminal with the hook.",
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
        "fetch-playbooks",
        "g",
        "fetch",
        HOME,
        "Take the versions that a git repository holds and this home does not, as drafts.",
        footer=False,
    ),
    Action(
        "publish",
        "p",
        "publish",
        (Area.HOME, Area.PLAYBOOK),
        "Sign this version, on Home every active one, and put it into a git repository.",
        footer=False,
    ),
    Action(
        "stored-runs",
        "G",
        "stored",
        HOME,
        "List the recordings that an object store holds, and fetch one.",
        footer=False,
    ),
    Action(
        "push-run",
        "P",
        "push",
        (Area.HOME, Area.TRACE),
        "Put a recording, on Home the marked ones, into an object store, masked by the rules of now.",
        footer=False,
    ),
    Action(
        "mark",
        "space",
        "mark",
        RUNS,
        "Mark a run: several recordings of the same work make one playbook, two runs compare.",
    ),
    Action(
        "compare",
        "equals_sign",
        "compare",
        (Area.HOME, Area.HISTORY, Area.REPLAY, Area.LEDGER),
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
    Action("find-playbook", "f", "for a task", HOME, "Find the playbook that was made for a task.", footer=False),
    Action("ledger", "l", "saved", RUNS, "See what replaying saved: time, model calls, tokens.", footer=False),
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
)
