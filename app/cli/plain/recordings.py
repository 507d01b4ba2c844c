"""Recordings on lines: a list, one of them step by step, and what can be made of it."""

from app.cli.plain.talk import BACK, MOST, NO_RECORDING, Talk, counted
from app.core import Core
from app.moments import ago
from capture.tape.presence import Presence
from capture.trace import Run

MENU = {
    "step": "step K tells all that step K did, and what it printed",
    "steps": "tell all steps",
    "compile": "make a playbook of it",
    "attach": "go on with it here, where it was left running",
    "end": "end it, where it was left running",
    "compare": "compare OTHER tells it and another recording apart, step by step",
    "delete": "delete it",
    BACK: "go back to Home",
}


def recordings(core: Core, talk: Talk, *, holding: str = "") -> None:
    """List them, open one, and do something with it."""
    runs, live = [run for run in core.runs() if run.replay_id is None], core.live()
    if not runs:
        talk.say(NO_RECORDING)
        return
    listed = [(run.run_id, run_words(run, live.get(run.run_id), core)) for run in runs]
    picked = talk.pick("recording", listed, holding=holding)
    if picked is not None:
        _open(next(run for run in runs if run.run_id == picked), core, talk)


def run_words(run: Run, presence: Presence | None, core: Core) -> str:
    """One of them in a line."""
    left = "" if presence is None else ", somebody sits at it" if presence.attached else ", left running"
    left += ", paused" if presence is not None and presence.paused else ""
    goal = f", {run.goal}" if run.goal else ""
    return f"{run.name}, {run.status.replace('_', ' ')}{left}, {ago(run.started_at, core.clock())}, in {run.cwd}{goal}"


def _open(run: Run, core: Core, talk: Talk) -> None:
    steps = len(core.trace(run.run_id).steps)
    talk.say(f"Recording {run.name}: {counted(steps, 'step')}.")
    if steps > MOST:
        talk.say("step K tells one of them; steps tells all.")
    else:
        talk.run("show", run.run_id)
    while True:
        word, rest = talk.choose(f"Recording {run.name}. What next?", MENU)
        if word == BACK or _do(word, rest, run, steps, talk):
            return


def _do(word: str, rest: str, run: Run, steps: int, talk: Talk) -> bool:
    """Do it; whether there is nothing more to be done with this recording."""
    match word:
        case "step":
            talk.run("show", run.run_id, "--step", rest or talk.ask(f"Which step? From 1 to {steps}."))
        case "steps":
            talk.run("show", run.run_id)
        case "compile":
            name = rest or talk.ask("A name for the playbook? An existing one gets a new version.")
            if name and talk.run("compile", run.run_id, "--name", name):
                talk.say("Answer playbooks to open it.")
                return True
        case "compare":
            talk.run("compare", run.run_id, rest or talk.ask("With which recording or replay?"))
        case "delete":
            return talk.means("delete", f"delete the recording {run.name}") and talk.run("rm", run.run_id)
        case _:
            talk.run(word, run.run_id)
    return False
