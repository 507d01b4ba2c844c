"""What keys do with the machine, the sources of repairs and the settings."""

from app.actions.values import Action, Area

DOCTOR = (Area.DOCTOR,)
TOOLS = (Area.TOOLS,)
SOURCES = (Area.SOURCES,)
SETTINGS = (Area.SETTINGS,)

ROWS: tuple[Action, ...] = (
    Action(
        "reload",
        "f5",
        "reload",
        (
            Area.HOME,
            Area.INBOX,
            Area.AUDIT,
            Area.DOCTOR,
            Area.HISTORY,
            Area.CHECK,
            Area.SOURCES,
            Area.TOOLS,
            Area.SETTINGS,
        ),
        "Read what is listed again.",
        footer=False,
    ),
    Action("edit-ignored", "i", "ignored", DOCTOR, "Edit in $EDITOR which paths are never told as effects."),
    Action(
        "check-ignored",
        "I",
        "ignored?",
        DOCTOR,
        "Say whether a path is told as an effect, and which rule decides; or list the rules.",
        footer=False,
    ),
    Action("rebuild", "R", "rebuild", DOCTOR, "Make the catalog again from the files; the old one is kept."),
    Action("health", "h", "health", DOCTOR, "Tell whether the library is in order: log, disk, inbox, unknown steps."),
    Action("figures", "m", "metrics", DOCTOR, "Count what all work came to: replays, divergences, time to review."),
    Action("back-up", "b", "backup", DOCTOR, "Copy the whole home to one file, while it is used.", footer=False),
    Action(
        "purge-old",
        "x",
        "purge",
        DOCTOR,
        "Delete old recordings for good, after what would go was shown; every decision stays.",
        footer=False,
    ),
    Action(
        "team",
        "T",
        "team",
        DOCTOR,
        "Tell who is in the team, admit and dismiss, and ask for the yes of others.",
        footer=False,
    ),
    Action("edit-secrets", "s", "secrets", DOCTOR, "Edit in $EDITOR your own rules of what is masked."),
    Action(
        "check-secrets",
        "S",
        "masked?",
        DOCTOR,
        "Show what would be masked in a file, or in a text that is typed unseen; or list the rules.",
        footer=False,
    ),
    Action("edit-policy", "p", "policy", DOCTOR, "Edit in $EDITOR what replays may do and what they ask."),
    Action(
        "check-policy",
        "P",
        "may it run?",
        DOCTOR,
        "Say whether your policy lets a command run, and why; or list what it says.",
        footer=False,
    ),
    Action("sources", "o", "sources", DOCTOR, "Open the sources of repairs outside of this machine."),
    Action("rules", "r", "rules", DOCTOR, "List the rules that propose repairs, and what became of that."),
    Action("tools", "t", "tools", DOCTOR, "Open what carries out the tool steps of replays."),
    Action("probe-tool", "p", "ask", TOOLS, "Ask the server under the cursor what it offers; no tool is called."),
    Action("probe-tools", "P", "ask all", TOOLS, "Ask all servers what they offer; no tool is called."),
    Action("edit-tools", "e", "edit", TOOLS, "Edit in $EDITOR what carries out tool steps."),
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
)
