"""Home on lines: what there is, what waits, and what to do next; any command of the command line can be typed, too."""

import sys
from collections.abc import Callable, Collection
from io import TextIOWrapper
from pathlib import Path

from app.cli.exits import Exit
from app.cli.plain.inbox import inbox
from app.cli.plain.playbooks import playbooks
from app.cli.plain.recordings import recordings
from app.cli.plain.talk import NO_PLAYBOOK, NO_RECORDING, QUIT, LeftError, Talk, counted
from app.core import Core
from capture.errors import ReplaybookError
from replay.repairs.proposal import RepairStatus
from replay.shadow import strongest

HELLO = "replaybook in plain text. Every question takes one line. help says what may be answered, quit leaves."
MENU = {
    "record": "record what you do in a shell that opens here, until you leave it with exit",
    "recordings": "list the recordings, or those that hold WORD; open one, compile it",
    "playbooks": "list the playbooks, or those that hold WORD; open one, replay it, validate and promote it",
    "inbox": "look at the repairs that wait for you, and decide on them",
    "search": "search TEXT finds it in the commands and outputs of all recordings",
    "find": "find TASK lists the playbooks that were made for it; dispatch TASK tells which one is to be replayed here",
    "replays": "list the replays",
    "ledger": "tell what replaying has saved: time, model calls, tokens",
    "check": "tell whether the active versions of all playbooks would still pass",
    "audit": "list every decision",
    "doctor": "tell what this machine offers",
    QUIT: "leave; any command of the command line may be typed here as well, such as show RUN --step 2",
}


def run_plain(core: Core, run: Callable[[list[str]], int], commands: Collection[str]) -> int:
    """Ask and answer until the person leaves.

    Args:
        core: Where all data comes from.
        run: Runs the arguments of one command of the command line; gives its exit code.
        commands: The names of all.

    Returns:
        The exit code.
    """
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    talk = Talk(lambda words: run(["--home", str(core.home.path), "--plain", *words]), commands)
    talk.say(HELLO, f"Versions are validated at isolation level {strongest()}; doctor tells more.")
    told: list[str] = []
    while True:
        try:
            found = home_lines(core)
            # What is still so is not told again.
            talk.say(*(found if found != told else ()))
            told = found
            word, rest = talk.choose("Home. What next?", MENU)
        except LeftError:
            return Exit.DONE
        except KeyboardInterrupt:
            talk.say("", "interrupted")
            return Exit.INTERRUPTED
        try:
            _do(word, rest, core, talk)
        except ReplaybookError as error:
            talk.say(f"not done: {error}")
        except LeftError:
            return Exit.DONE
        except KeyboardInterrupt:
            talk.say("", "left there; this is Home again")


def home_lines(core: Core) -> list[str]:
    """What there is, in whole sentences; what is not there yet says how it comes about."""
    everything = core.runs()
    runs = [run for run in everything if run.replay_id is None]
    found, repairs, frozen = core.playbooks(), core.repairs(), core.frozen()
    waiting = sum(one.status is RepairStatus.PROPOSED for one in repairs)
    counts = (
        counted(len(runs), "recording"),
        counted(len(found), "playbook"),
        counted(waiting, "repair waits", "repairs wait"),
    )
    lines = [f"{', '.join(counts)} for you.".capitalize()]
    lines += [f"{one.name} version {one.active} is {one.suspect.words}." for one in found if one.suspect]
    lines += [f"Replays are {frozen.words}; freeze --lift lets them run."] if frozen else []
    old = core.overdue(everything)
    lines += [f"{old.words.capitalize()}: purge."] if old and old.runs else []
    lines += [f"Replay {one.replay_id} has a step that may have happened or not: settle." for one in core.unknown()]
    if not found:
        lines.append(NO_PLAYBOOK if runs else NO_RECORDING)
    return lines


def _do(word: str, rest: str, core: Core, talk: Talk) -> None:
    match word:
        case "record" if not rest:
            _record(talk)
        case "recordings":
            recordings(core, talk, holding=rest)
        case "playbooks":
            playbooks(core, talk, holding=rest)
        case "inbox":
            inbox(core, talk, holding=rest)
        case "search":
            talk.run("search", rest or talk.ask("Which text?"))
        case "find" | "dispatch":
            talk.run(word, *(rest or talk.ask("What is to be done?")).split())
        case "check" if not rest:
            talk.run("check", "--all")
        case _:
            talk.run(word, *rest.split())


def _record(talk: Talk) -> None:
    name = talk.ask("A name for the recording?", otherwise=Path.cwd().name)
    goal = talk.ask("What is the work for? Enter keeps no goal.")
    talk.say("A shell opens here. Leave it with exit.")
    talk.run("record", "--name", name, *(("--goal", goal) if goal else ()))
