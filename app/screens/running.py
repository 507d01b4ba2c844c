"""What a person runs from the Playbook screen: a replay in a mode, in a shadow, or one step of it."""

import os
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path

import msgspec
from textual import on

from app.book import Plan
from app.screens.choosing import Field, Form, Given
from app.screens.dialogs import AskText
from app.screens.fleet_form import ask_fleet
from app.screens.typed_path import typed_path
from app.screens.writing import WritingScreen
from app.workers.fleets import FleetWanted
from capture.errors import BadInputError
from replay.outcome import Mode
from replay.playbook import VersionStatus
from replay.stepping.trying import trying

WHERE, HOW = "workspace", "how"
"""The lines of the form."""
SHADOW = "shadow"
WAYS = (*(mode.value for mode in Mode), SHADOW)
NOT_DONE = "put the cursor on a step that is done: this one is not"


class RunningScreen(WritingScreen):
    """Asks where, then opens the Replay screen."""

    def __init__(self, ref: str, *, cwd: str | None) -> None:
        """Nothing was run yet.

        Args:
            ref: NAME or NAME@V.
            cwd: Where it would be replayed; None: where the program was started.
        """
        super().__init__(ref)
        self._cwd = cwd or str(Path.cwd())
        self._ahead: Callable[[], None] | None = None

    def catch_up(self) -> None:
        """Begin what was asked for before the version was read."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            ahead()

    def action_simulate(self) -> None:
        """Check it."""
        self._replay(Mode.SIMULATE)

    def action_strict(self) -> None:
        """Replay it strictly."""
        self._replay(Mode.STRICT)

    def action_guided(self) -> None:
        """Replay it, with repairs."""
        self._replay(Mode.GUIDED)

    def action_shadow(self) -> None:
        """Replay it strictly, in a shadow."""
        self._replay(Mode.STRICT, shadow=True)

    def action_replay_from(self) -> None:
        """Replay it from the step under the cursor on, after asking where and how."""
        ref, step = self.ref, self.steps.step
        if ref is None or step is None or step < 1:
            self.say(NOT_DONE, severity="warning")
            return

        def given(answers: Given | None) -> None:
            if answers is not None:
                how = answers.get(HOW, Mode.GUIDED)
                mode = Mode.STRICT if how == SHADOW else Mode(how)
                self._go(
                    Plan(ref=ref, cwd=self._cwd, mode=mode, shadow=how == SHADOW, from_step=step),
                    answers.get(WHERE, self._cwd),
                )

        self.app.push_screen(Form(f"Replay {ref} from step {step}", _from_fields(self._cwd)), given)

    def action_hosts(self) -> None:
        """Replay it on many hosts, after asking which."""
        ref, stored = self.ref, self._stored
        if ref is None or stored is None:
            self._ahead = self.action_hosts
            return
        draft = stored.status is not VersionStatus.ACTIVE
        ask_fleet(self, ref, values=self._values, draft=draft, yes_to=self.terms.yes_to)

    @on(FleetWanted)
    def open_fleet(self, event: FleetWanted) -> None:
        """The hosts are known."""
        self.book.open_fleet(event.request)

    def action_try_step(self) -> None:
        """Try the step under the cursor on what the steps before it leave."""
        self._try(alone=False)

    def action_try_alone(self) -> None:
        """Try it on the workspace as it is."""
        self._try(alone=True)

    def _try(self, *, alone: bool) -> None:
        if self._stored is None:
            self._ahead = partial(self._try, alone=alone)
            return
        ref, step = self.ref, self.steps.step
        if ref is None or step is None:
            return
        if step < 1:
            self.say(NOT_DONE, severity="warning")
            return
        try:
            first = trying(self._stored.playbook, step, alone=alone).first
        except BadInputError as error:
            self.say(str(error), severity="warning")
            return
        plan = Plan(ref=ref, cwd=self._cwd, mode=Mode.STRICT, shadow=True, step=step, alone=alone)
        self._begin(plan, f"Try step {step} of {ref}", f"A copy of which workspace? {_before(first)}")

    def _replay(self, mode: Mode, *, shadow: bool = False) -> None:
        ref = self.ref
        if ref is None:
            self._ahead = partial(self._replay, mode, shadow=shadow)
            return
        plan = Plan(ref=ref, cwd=self._cwd, mode=mode, shadow=shadow)
        if shadow:
            self._begin(plan, f"Replay {ref}, {mode}, in a shadow", "A copy of which workspace?")
        else:
            self._begin(plan, f"Replay {ref}, {mode}", "In which workspace?")

    def _begin(self, plan: Plan, title: str, question: str) -> None:
        """Ask where, then go there."""
        asked = AskText(title, question, value=self._cwd)
        self.app.push_screen(asked, lambda cwd: self._go(plan, cwd) if cwd is not None else None)

    def _go(self, plan: Plan, cwd: str) -> None:
        self._cwd = os.path.realpath(typed_path(cwd))
        if os.path.isdir(self._cwd):  # noqa: PTH112 - as above
            plan = msgspec.structs.replace(plan, cwd=self._cwd, values=dict(self._values), terms=self.terms)
            self.book.open_replay(plan)
        else:
            self.say(f"{self._cwd} is not a directory; give another", severity="error")


def _from_fields(cwd: str) -> list[Field]:
    """Where and how, in a form."""

    def no_way(text: str) -> str | None:
        return None if text in WAYS else f"it is {', '.join(WAYS[:-1])} or {WAYS[-1]}"

    return [
        Field(WHERE, "a replay that stopped here at this step is gone on with", cwd, cwd, secret=False, problem=_any),
        Field(HOW, f"{', '.join(WAYS)} (strict, in a copy)", Mode.GUIDED, Mode.GUIDED, secret=False, problem=no_way),
    ]


def _any(text: str) -> str | None:
    del text
    return None


def _before(first: Collection[int]) -> str:
    """Which steps run before the one that is tried."""
    if not first:
        return "No step runs before it."
    if len(first) == 1:
        return f"Step {min(first)} runs there before it, for what it leaves."
    return f"Steps {_ranges(first)} run there before it, for what they leave."


def _ranges(numbers: Collection[int]) -> str:
    """`1 to 4, 7`."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)  # noqa: PLR2004 - two are no range
