"""Drift watch: would the active versions still pass, in the workspaces that they belong to."""

import os
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from pathlib import Path

from app.core.checking import Order, found_elsewhere
from app.core.wellbeing import Wellness
from capture.errors import BadInputError, RefusedError, ReplaybookError
from replay.history.drift import Checked, Drift, Watch, lets_pass, of_shadow, of_simulation, watch
from replay.library.ids import stamp
from replay.library.rows import VersionRow
from replay.outcome import Mode, Replay, ReplayStatus
from replay.protocols import Director
from replay.spreading.values import ALONE, Over
from replay.validation import given, unseen


class Watching(Wellness):
    """What keeps an eye on playbooks."""

    def check(  # noqa: PLR0913 - each is one thing that a person says of it
        self,
        names: Sequence[str] = (),
        *,
        shadow: bool = False,
        cwd: str | None = None,
        allow_unknown: bool = False,
        over: Over = ALONE,
        director: Director | None = None,
        stopped: Callable[[], bool] = lambda: False,
        planned: Callable[[int], None] = lambda _: None,
        told: Callable[[Checked], None] = lambda _: None,
    ) -> Watch:
        """Simulate the active versions of playbooks, and replay them in a shadow when that is wanted.

        Args:
            names: Which playbooks; none: all of them.
            shadow: Replay strictly in a shadow what a simulation doesn't stop.
            cwd: The workspace of all of them; None: each where it was replayed last, else where it was recorded.
            allow_unknown: Let pass what can't be known.
            over: What carries the checks out; each is begun once at the most.
            director: May end the step that runs in a shadow.
            stopped: Whether a person has stopped it; asked between playbooks.
            planned: Is told how many they are.
            told: Is told of each as soon as it is known.

        Returns:
            What was found, in the order of the names.

        Raises:
            UnknownNameError: There is no such playbook.
            RefusedError: A person stopped it.
            BadInputError: The cluster can't be used; the text says what it lacks.
        """
        chosen = [self._shelf.resolve(name)[0] for name in names] or self._shelf.names()
        workspace = os.path.realpath(cwd) if cwd else None
        orders = tuple(
            Order(name=name, shadow=shadow, cwd=workspace, allow_unknown=allow_unknown)
            for name in dict.fromkeys(chosen)
        )
        planned(len(orders))
        began, found = self.clock(), dict[str, Checked]()
        with closing(self._each_found(orders, over, director, stopped)) as all_found:
            for one in all_found:
                found[one.playbook] = one
                told(one)
        if len(found) < len(orders):
            raise RefusedError(f"checking was stopped after {len(found)} of {len(orders)} playbooks")
        lasted = (self.clock() - began).total_seconds() * 1000
        return watch([found[one.name] for one in orders], started_at=stamp(began), duration_ms=lasted)

    def _each_found(
        self, orders: Sequence[Order], over: Over, director: Director | None, stopped: Callable[[], bool]
    ) -> Generator[Checked]:
        """Each playbook, as soon as it is known; less than all when a person stopped it."""
        if over.elsewhere(len(orders)):
            yield from found_elsewhere(self.home, self.actor, orders, over, director)
            return
        for order in orders:
            if stopped():
                return
            yield self.checked(order, director)

    def checked(self, order: Order, director: Director | None) -> Checked:
        """Check one playbook.

        Args:
            order: Which, and how.
            director: May end the step that runs in a shadow.
        """
        name = order.name
        row = self._register.active(name)
        if row is None:
            return Checked(playbook=name, found=Drift.SKIPPED, reason=self._why_none(name), passed=True)
        began = self.clock()
        workspace: str | None = None
        simulated = shadowed = None
        try:
            last = self._last_real(row)
            workspace = order.cwd or self._workspace(row, last)
            simulated = self._watched(row, workspace, last, director, mode=Mode.SIMULATE)
            found = of_simulation(simulated)
            if order.shadow and found[0] in (Drift.PASSED, Drift.UNKNOWN):
                shadowed = self._watched(row, workspace, last, director, mode=Mode.STRICT)
                found = of_shadow(shadowed, unseen(shadowed))
        except RefusedError as error:
            found = Drift.REFUSED, str(error), None
        except BadInputError as error:
            found = Drift.NOT_READY, str(error), None
        except ReplaybookError as error:
            found = Drift.UNKNOWN, str(error), None
        return Checked(
            playbook=name,
            version=row.version,
            workspace=workspace,
            found=found[0],
            reason=found[1],
            step_index=found[2],
            passed=lets_pass(found[0], allow_unknown=order.allow_unknown),
            simulated=simulated,
            shadowed=shadowed,
            duration_ms=round((self.clock() - began).total_seconds() * 1000, 3),
            wrong=tuple(f"{one.words}; {one.next}" for one in self.lessons(name)),
        )

    def _watched(
        self, row: VersionRow, workspace: str, last: Replay | None, director: Director | None, *, mode: Mode
    ) -> Replay:
        """One replay for the watch, with the values that were given last.

        Raises:
            KeyboardInterrupt: It was interrupted.
        """
        playbook = self._register.load(row.name, row.version)[0]
        replay = self.replay(
            row.ref,
            mode=mode,
            cwd=workspace,
            values=given(playbook, last) if last else {},
            shadow=mode is not Mode.SIMULATE,
            director=director,
            watch=True,
        )
        if replay.status is ReplayStatus.CANCELLED:
            if director is None:
                raise KeyboardInterrupt
            raise RefusedError("checking was stopped")
        return replay

    def _last_real(self, row: VersionRow) -> Replay | None:
        """The newest replay of a playbook that ran steps on a real workspace."""
        ran = (one for one in self._rows_of(row.name) if one.mode is not Mode.SIMULATE and one.version)
        return next((one for one in self._read(ran) if one.shadow is None and one.workspace), None)

    def _workspace(self, row: VersionRow, last: Replay | None) -> str:
        """Where it was replayed last, else where it was recorded.

        Raises:
            BadInputError: Neither is known, or it is gone.
        """
        playbook = self._register.load(row.name, row.version)[0]
        recording = None if last else self._recording(playbook)
        where = last.workspace if last else recording.run.workspace if recording else ""
        if not where:
            raise BadInputError(f"nothing says in which workspace {row.ref} works; give it with --cwd")
        if not Path(where).is_dir():
            raise BadInputError(f"its workspace {where} is gone; give another with --cwd")
        return where

    def _why_none(self, name: str) -> str:
        """Why a playbook has no active version."""
        rows: Iterable[VersionRow] = self._register.rows(name)
        problem = next((row.problem for row in rows if row.problem), None)
        return problem or f"{name} has no active version; promote one to have it watched"
