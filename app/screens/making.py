"""Makes recordings that nobody types: of a script, and of what was done just now in a terminal that is kept."""

import os
from collections.abc import Callable
from pathlib import Path

from textual.message import Message

from app.errands import Errand
from app.screens.base import BookScreen
from app.screens.choosing import Field, Form, Given
from app.screens.endings import ending_of
from app.screens.naming import paths_of, problem_of
from app.workers.telling import RunMade
from capture.shells import RECORDED

FILE, NAME, GOAL, WHERE, SHELL, WATCH = "script", "name", "goal", "directory", "shell", "watch"
COUNT, SESSION = "commands", "session"
"""The lines of the forms."""
Problem = Callable[[str], str | None]


def ask_script(screen: BookScreen) -> None:
    """Ask for a script and what is said of a recording; the screen hears `RunMade`.

    Args:
        screen: Who asks.
    """
    core = screen.core

    def given(answers: Given | None) -> None:
        if answers is None:
            return
        if FILE not in answers:
            screen.say("no script was given; nothing is recorded", severity="warning")
            return
        script, where = Path(_path(answers[FILE])), _path(answers.get(WHERE, "."))

        def work(errand: Errand) -> Message:
            trace = core.record_script(
                script,
                name=answers.get(NAME),
                goal=answers.get(GOAL),
                cwd=where,
                shell=answers.get(SHELL, RECORDED[0]),
                watch=paths_of(answers.get(WATCH, "")),
                told=lambda step: errand.report(f"{step.step_index} {step.command or ''}"),
                running=errand.running,
            )
            return RunMade(trace.run, steps=len(trace.steps), short=errand.stopped)

        screen.book.send_out(Errand(f"recording {script.name}", work, ending=ending_of), to=screen)

    screen.app.push_screen(Form("Record a script", _script_fields()), given)


def ask_last(screen: BookScreen) -> None:
    """Ask for how many commands; the screen hears `RunMade`.

    Args:
        screen: Who asks.
    """
    core = screen.core

    def given(answers: Given | None) -> None:
        if answers is None or COUNT not in answers:
            return
        count = int(answers[COUNT])

        def work(errand: Errand) -> Message:
            del errand
            name, session = answers.get(NAME), answers.get(SESSION)
            trace = core.record_last(count, environment=os.environ, session=session, name=name)
            return RunMade(trace.run, steps=len(trace.steps), short=len(trace.steps) < count)

        screen.book.send_out(Errand(f"recording the last {count} commands", work, ending=ending_of), to=screen)

    screen.app.push_screen(Form("Record what was done just now", _last_fields()), given)


def _script_fields() -> list[Field]:
    return [
        _field(FILE, "typed into a real shell; *.jsonl may hold answers", problem=_no_file),
        _field(NAME, "of the recording", hint="as the script is called"),
        _field(GOAL, "what the work is for", hint="none is kept"),
        _field(WHERE, "where the shell begins", value=str(Path.cwd()), problem=_no_directory),
        _field(SHELL, ", ".join(RECORDED), value=RECORDED[0], problem=_no_shell),
        _field(WATCH, "files elsewhere, spaces between them", hint="none", problem=problem_of),
    ]


def _last_fields() -> list[Field]:
    return [
        _field(COUNT, "how many, of a terminal that `replaybook hook` keeps", value="5", problem=_no_count),
        _field(NAME, "of the recording", hint="as the directory is called"),
        _field(SESSION, "which terminal", hint="this one, else the newest"),
    ]


def _anything(text: str) -> str | None:
    del text
    return None


def _field(name: str, about: str, *, value: str = "", hint: str = "", problem: Problem = _anything) -> Field:
    return Field(name, about, value, hint, secret=False, problem=problem)


def _no_count(text: str) -> str | None:
    return None if text.isdecimal() and int(text) else "it is a number of commands, 1 or more"


def _no_shell(text: str) -> str | None:
    return None if text in RECORDED else f"it is one of {', '.join(RECORDED)}"


def _no_file(text: str) -> str | None:
    return None if Path(_path(text)).is_file() else "there is no such file; give another"


def _no_directory(text: str) -> str | None:
    return None if Path(_path(text)).is_dir() else "there is no such directory; give another"


def _path(given: str) -> str:
    return os.path.realpath(os.path.expanduser(given.strip()))  # noqa: PTH111 - it leaves an unknown user alone
