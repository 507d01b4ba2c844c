"""What keys do with a replay on many hosts."""

from app.actions.values import Action, Area

FLEET = (Area.FLEET,)

ROWS: tuple[Action, ...] = (
    Action(
        "hosts",
        "H",
        "on hosts",
        (Area.PLAYBOOK,),
        "Replay on many hosts over SSH, canary first, then in waves; each host's replay is a run of its own.",
        footer=False,
    ),
    Action(
        "fleets",
        "H",
        "fleets",
        (Area.HOME,),
        "Look at the replays on many hosts, and how each host ended.",
        footer=False,
    ),
    Action("stop-fleet", "x", "stop", FLEET, "Begin no other host and no other step; a step that runs is let end."),
    Action(
        "resume-fleet",
        "c",
        "go on",
        FLEET,
        "Go on with the hosts that were skipped, stopped, unreachable or settled; the others stay as they are.",
    ),
)
