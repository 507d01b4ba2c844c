"""Playbooks on lines: a list, one of them in sentences, replays step by step, and what may be active."""

import shlex
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from app.calls import call_lines
from app.cli.plain.inbox import inbox
from app.cli.plain.talk import BACK, MOST, NO_PLAYBOOK, Talk, counted
from app.core import Core, StoredVersion, VersionSummary
from app.moments import ago
from capture.errors import ReplaybookError
from replay.outcome import Mode, Replay
from replay.playbook import PlaybookStep, VersionStatus

MENU = {
    "simulate": "tell whether it is ready; runs nothing",
    "guided": "replay it step by step; where a step does something else, repairs are proposed",
    "strict": "replay it step by step; stops at the first difference",
    "shadow": "replay it step by step in an isolated copy; nothing reaches this machine",
    "validate": "try it in an isolated copy of the workspace",
    "promote": "make it the active version; wants a green validation",
    "rollback": "make the version that was active before active again",
    "disable": "never run this version again",
    "questions": "answer what the compiler asks",
    "history": "tell how its last replays went, and which step flakes",
    "diff": "diff N tells what this version changed against version N",
    "document": "print the document",
    "version": "version N opens another version",
    "inbox": "look at the repairs that wait",
    BACK: "go back to Home",
}


def playbooks(core: Core, talk: Talk, *, holding: str = "") -> None:
    """List them, open one, and do something with it."""
    found = core.playbooks()
    if not found:
        talk.say(NO_PLAYBOOK)
        return
    last: dict[str, Replay] = {}
    for replay in core.replays():
        last.setdefault(replay.playbook, replay)
    listed = [(one.name, summary_words(one, last.get(one.name), core.clock())) for one in found]
    picked = talk.pick("playbook", listed, holding=holding)
    if picked is not None:
        _open(picked, next(one.version for one in found if one.name == picked), core, talk)


def summary_words(one: VersionSummary, last: Replay | None, now: datetime) -> str:
    """One of them in a line, and how its newest replay went."""
    active = "none is active" if one.active is None else f"version {one.active} is active"
    said = [f"newest version {one.version}, {one.status}", active, counted(one.steps, "step")]
    if last is not None:
        when = ago(datetime.fromisoformat(last.started_at), now)
        said.append(f"newest replay {when}, {last.mode}, {last.status.replace('_', ' ')}")
    said += [f"suspect: {one.suspect.words}"] if one.suspect else []
    said += [f"unreadable: {one.problem}"] if one.problem else []
    said += [one.goal] if one.goal else []
    return f"{one.name}: {', '.join(said)}"


def version_lines(found: StoredVersion) -> Iterator[str]:
    """A version, step by step."""
    playbook = found.playbook
    yield f"{playbook.name} version {playbook.version}, {found.status}, {counted(len(playbook.steps), 'step')}."
    if playbook.goal:
        yield f"What it is for: {playbook.goal}"
    for index, step in enumerate(playbook.steps[:MOST], 1):
        yield from _step_lines(index, step)
    if len(playbook.steps) > MOST:
        yield f"{len(playbook.steps) - MOST} more steps: document tells all."
    for name, parameter in playbook.parameters.items():
        yield f"Parameter {name}, recorded as {parameter.recorded}."
    asked = found.compilation.questions if found.compilation else ()
    if asked:
        yield f"{counted(len(asked), 'question')} of the compiler: answer questions."


def _step_lines(index: int, step: PlaybookStep) -> Iterator[str]:
    called = call_lines(step.run)
    if called:
        yield f"Step {index}: call of the tool {called[0]}"
        yield from (f"  {line}" for line in called[1:])
    else:
        yield f"Step {index}: {step.run.rstrip()}"
    if step.safety_reason:
        yield f"  {step.safety.replace('_', ' ')}: {step.safety_reason}"
    for effect in step.expect.effects or ():
        yield f"  {effect.op} {effect.path}"


def _open(name: str, version: int, core: Core, talk: Talk) -> None:
    told = True
    while True:
        found = core.version(f"{name}@{version}")
        if told:
            talk.say(*version_lines(found))
        word, rest = talk.choose(f"{name} version {version}, {found.status}. What next?", MENU)
        if word == BACK:
            return
        told = False
        try:
            if word == "version":
                picked = rest or talk.ask("Which version? A number.")
                version, told = core.version(f"{name}@{picked}").playbook.version if picked else version, True
            elif word == "inbox":
                version, told = inbox(core, talk, name=name) or version, True
            else:
                _do(word, rest, found, core, talk)
                newest = next(one.version for one in core.playbooks() if one.name == name)
                if newest > found.playbook.version == version:
                    talk.say(f"There is a newer version now, {newest}; it is opened.")
                    version, told = newest, True
        except ReplaybookError as error:
            talk.say(f"not done: {error}")


def _do(word: str, rest: str, found: StoredVersion, core: Core, talk: Talk) -> None:
    name, ref = found.playbook.name, f"{found.playbook.name}@{found.playbook.version}"
    match word:
        case "simulate" | "guided" | "strict" | "shadow":
            _replay(word, found, talk)
        case "validate":
            talk.run("validate", ref)
        case "promote" | "rollback" | "disable":
            _govern(word, found, core, talk)
        case "history":
            talk.run("stability", ref)
            talk.run("replays", name)
        case "diff":
            other = rest or talk.ask("Against which version? A number.")
            if other == str(found.playbook.version):
                talk.say("That is this version.")
            elif other:
                talk.run("diff", f"{name}@{other}", ref)
        case "questions":
            _questions(found, talk)
        case _:
            talk.run("playbook", ref)


def _replay(word: str, found: StoredVersion, talk: Talk) -> None:
    """Ask where and with which values, then step through it."""
    where = talk.ask("In which workspace?", otherwise=str(Path.cwd()))
    words = ["replay", f"{found.playbook.name}@{found.playbook.version}", "--cwd", str(Path(where).expanduser())]
    names = ", ".join(found.playbook.parameters)
    given = talk.ask(f"Other values for {names}? As NAME=VALUE; enter takes what the playbook says.") if names else ""
    words += [word for one in shlex.split(given) for word in ("--set", one)]
    if word == "simulate":
        talk.run(*words, "--mode", Mode.SIMULATE.value)
        return
    words += ["--mode", Mode.STRICT.value if word == "shadow" else word, "--step"]
    if word == "shadow":
        words.append("--shadow")
    elif found.status is not VersionStatus.ACTIVE:
        if not talk.agrees(
            f"This version is {found.status} and not active. Run it on the workspace itself all the same?"
        ):
            return
        words.append("--draft")
    talk.say("It halts before each step: next runs it, continue runs on, help lists what else there is.")
    talk.run(*words)


def _govern(word: str, found: StoredVersion, core: Core, talk: Talk) -> None:
    """What decides which version may run wants its word typed out."""
    name, ref = found.playbook.name, f"{found.playbook.name}@{found.playbook.version}"
    if word == "promote":
        _promote(found, core, talk)
    elif word == "rollback" and talk.means(word, f"make the version of {name} active that was it before"):
        talk.run(word, name)
    elif word == "disable" and talk.means(word, f"never run {ref} again"):
        talk.run(word, ref)


def _promote(found: StoredVersion, core: Core, talk: Talk) -> None:
    """Tell what would change, then want the word."""
    name, version = found.playbook.name, found.playbook.version
    active = next((one.active for one in core.playbooks() if one.name == name), None)
    if active not in (None, version):
        talk.say(f"What changes against version {active}, which is active:")
        talk.run("diff", f"{name}@{active}", f"{name}@{version}")
    if talk.means("promote", f"make {name} version {version} the active one"):
        talk.run("promote", f"{name}@{version}")


def _questions(found: StoredVersion, talk: Talk) -> None:
    asked = found.compilation.questions if found.compilation else ()
    if not asked:
        talk.say("The compiler asks nothing.")
    ref = f"{found.playbook.name}@{found.playbook.version}"
    for one in asked:
        # An answer makes a version of its own: the questions that are left belong to that.
        answer = talk.ask(f"{one.text} yes, no, or enter for later?").lower()
        if answer in ("y", "yes", "n", "no"):
            talk.run("answer", ref, one.id, "yes" if answer.startswith("y") else "no")
            return
