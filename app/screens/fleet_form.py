"""Asks on which hosts a version is to be replayed, and in what order; the screen hears `FleetWanted`."""

from collections.abc import Callable, Mapping

from app.screens.base import BookScreen
from app.screens.choosing import Field, Form, Given
from app.workers.fleets import FleetWanted
from app.workers.tasks import in_thread
from replay.fleet.model import FleetRequest, Plan
from replay.outcome import Mode
from replay.playbook import SafetyLevel

HOSTS, HOW, WHERE = "hosts", "how", "directory"
CANARY, WAVES, AT_ONCE, FAILURES, LIMIT = "canary", "waves", "at once", "failures", "host timeout"
"""The lines of the form."""
WAYS = (Mode.STRICT.value, Mode.SIMULATE.value)
Problem = Callable[[str], str | None]


def ask_fleet(
    screen: BookScreen, ref: str, *, values: Mapping[str, str], draft: bool, yes_to: SafetyLevel | None
) -> None:
    """Ask; a form that is left out wants nothing.

    Args:
        screen: Who asks.
        ref: NAME@V.
        values: Parameters for all hosts.
        draft: Whether the version is not active.
        yes_to: Questions about steps up to this level are answered with yes.
    """
    core = screen.core

    def given(answers: Given | None) -> None:
        if answers is None:
            return
        if HOSTS not in answers:
            screen.say("no host was given; nothing is begun", severity="warning")
            return
        plan = plan_of(answers)

        def work() -> FleetWanted:
            request = FleetRequest(
                ref=ref,
                targets=core.targets(ref, answers[HOSTS]),
                mode=Mode(answers.get(HOW, Mode.STRICT)),
                plan=plan,
                values=dict(values),
                cwd=answers.get(WHERE, ""),
                draft=draft,
                yes_to=yes_to,
            )
            return FleetWanted(request)

        in_thread(screen, work, group="targets")

    screen.app.push_screen(Form(f"Replay {ref} on hosts{', a draft' if draft else ''}", _fields()), given)


def plan_of(answers: Given) -> Plan:
    """What a form says of order and limits.

    Args:
        answers: By line; each is right.
    """
    default = Plan()
    waves = answers.get(WAVES, "").replace(",", " ").split()
    return Plan(
        canary=int(answers.get(CANARY, default.canary)),
        waves=tuple(waves),
        parallel=int(answers.get(AT_ONCE, default.parallel)),
        max_failures=answers.get(FAILURES, default.max_failures),
        host_timeout_s=float(answers[LIMIT]) if LIMIT in answers else None,
    )


def _fields() -> list[Field]:
    default = Plan()
    return [
        _field(HOSTS, "a,b,c as ssh knows them, or an inventory file", hint="web1,web2 or hosts.ini"),
        _field(HOW, "strict, or simulate: whether each host is ready", hint=Mode.STRICT, problem=_no_way),
        _field(WHERE, "on the hosts", hint="where one logs in"),
        _field(CANARY, "so many hosts first, which all must pass", hint=str(default.canary), problem=_no_count),
        _field(WAVES, "hosts a wave, as 5 25%; the last holds on", hint="all in one", problem=_no_waves),
        _field(AT_ONCE, "hosts at the same time", hint=str(default.parallel), problem=_no_count),
        _field(FAILURES, "more than these, and no other begins", hint=default.max_failures, problem=_no_share),
        _field(LIMIT, "seconds for all steps of a host", hint="each step has its own", problem=_no_seconds),
    ]


def _field(name: str, about: str, *, hint: str, problem: Problem = lambda _: None) -> Field:
    return Field(name, about, "", hint, secret=False, problem=problem)


def _no_way(text: str) -> str | None:
    return None if text in WAYS else f"it is {' or '.join(WAYS)}"


def _no_count(text: str) -> str | None:
    return None if text.isascii() and text.isdigit() else "it is a whole number"


def _no_share(text: str) -> str | None:
    return None if _no_count(text.removesuffix("%")) is None else "it is a number of hosts, or a share as 10%"


def _no_waves(text: str) -> str | None:
    return next(filter(None, map(_no_share, text.replace(",", " ").split())), None)


def _no_seconds(text: str) -> str | None:
    try:
        return None if float(text) > 0 else "it is more than 0"
    except ValueError:
        return "it is a number of seconds"
