"""Drift watch: would the active versions still pass, in the workspaces that they belong to."""

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from app.core.wellbeing import Wellness
from capture.errors import BadInputError, RefusedError, ReplaybookError
from replay.history.drift import Checked, Drift, Watch, lets_pass, of_shadow, of_simulation, watch
from replay.library.ids import stamp
from replay.library.rows import VersionRow
from replay.outcome import Mode, Replay, ReplayStatus
from replay.protocols import Director
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
        director: Director | None = None,
        stopped: Callable[[], bool] = lambda: False,
        told: Callable[[Checked], None] = lambda _: None,
    ) -> Watch:
        """Simulate the active versions of playbooks, and replay them in a shadow when that is wanted.

        Args:
            names: Which playbooks; none: all of them.
            shadow: Replay strictly in a shadow what a simulation doesn't stop.
            cwd: The workspace of all of them; None: each where it was replayed last, else where it was recorded.
            allow_unknown: Let pass what can't be known.
            director: May end the step that runs in a shadow.
            stopped: Whether a person has stopped it; asked between playbooks.
            told: Is told of each as soon as it is known.

        Raises:
            UnknownNameError: There is no such playbook.
            RefusedError: A person stopped it.
        """
        chosen = [self._shelf.resolve(name)[0] for name in names] or self._shelf.names()
        began, found = self.clock(), list[Checked]()
        for name in dict.fromkeys(chosen):
            if stopped():
                raise RefusedError(f"checking was stopped after {len(found)} of {len(chosen)} playbooks")
            found.append(self._checked(name, cwd, director, shadow=shadow, allow_unknown=allow_unknown))
            told(found[-1])
        lasted = (self.clock() - began).total_seconds() * 1000
        return watch(found, started_at=stamp(began), duration_ms=lasted)

    def _checked(
        self, name: str, cwd: str | None, director: Director | None, *, shadow: bool, allow_unknown: bool
    ) -> Checked:
        row = self._register.active(name)
        if row is None:
            return Checked(playbook=name, found=Drift.SKIPPED, reason=self._why_none(name), passed=True)
        began = self.clock()
        workspace: str | None = None
        simulated = shadowed = None
        try:
            last = self._last_real(row)
            workspace = os.path.realpath(cwd) if cwd else self._workspace(row, last)
            simulated = self._watched(row, workspace, last, director, mode=Mode.SIMULATE)
            found = of_simulation(simulated)
            if shadow and found[0] in (Drift.PASSED, Drift.UNKNOWN):
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
            passed=lets_pass(found[0], allow_unknown=allow_unknown),
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
