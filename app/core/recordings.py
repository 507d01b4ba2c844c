"""Recording sessions, and the runs that they became."""

from collections.abc import Callable, Sequence
from pathlib import Path

from app.core.parts import Parts, run_row
from capture.errors import BadInputError
from capture.printable import printable
from capture.redaction import Redactor
from capture.redaction_rules import RuleSet
from capture.rules import load_rules
from capture.scripted import ScriptEntry, read_script, type_script
from capture.session import Session, SessionMode, SessionSpec, new_run_id
from capture.tape import asciicast, reader
from capture.trace import Run, RunStatus, Step, Trace
from replay.governance.audit import Action
from replay.library.ids import stamp
from replay.library.naming import pick
from replay.library.rows import RunRow


class Recordings(Parts):
    """What can be done with sessions and runs."""

    def new_session(  # noqa: PLR0913 - each is one thing that a person says of a recording
        self,
        *,
        name: str | None = None,
        goal: str | None = None,
        cwd: str,
        shell: str = "bash",
        columns: int = 80,
        rows: int = 24,
        shows_output: bool = True,
        keep_on_detach: bool = False,
    ) -> Session:
        """Begin to record a shell that someone types at.

        Raises:
            BadInputError: The home lies in the workspace.
            HostError: The shell is not there.
        """
        if self.home.path.resolve().is_relative_to(Path(cwd).resolve()):
            raise BadInputError(
                f"home {self.home.path} lies inside the workspace {cwd}; record elsewhere, or give --home"
            )
        catalog, run_id = self._catalog, new_run_id(self.clock())
        # Checked here, so that a mistake in the user's rules is told before anything is recorded.
        redactor = Redactor(load_rules(self.home))
        session = Session.start(
            SessionSpec(
                home=str(self.home.path),
                run_id=run_id,
                name=redactor.command(name or Path(cwd).name or run_id)[0],
                goal=None if goal is None else redactor.command(goal)[0],
                shell=shell,
                cwd=cwd,
                workspace=cwd,
                columns=columns,
                rows=rows,
                mode=SessionMode.TYPED,
                shows_output=shows_output,
                keep_on_detach=keep_on_detach,
            )
        )
        began = stamp(self.clock())
        catalog.put(RunRow(id=run_id, name=session.spec.name, status=RunStatus.IN_PROGRESS, started_at=began))
        return session

    def record_script(
        self,
        script: Path,
        *,
        name: str | None = None,
        goal: str | None = None,
        cwd: str,
        shell: str = "bash",
        told: Callable[[Step], None] = lambda _: None,
    ) -> Trace:
        """Type a script file into a recorded shell.

        Raises:
            BadInputError: The script can't be read.
        """
        return self.record_entries(
            read_script(script, shell), name=name or script.stem, goal=goal, cwd=cwd, shell=shell, told=told
        )

    def record_entries(
        self,
        entries: Sequence[ScriptEntry],
        *,
        name: str | None = None,
        goal: str | None = None,
        cwd: str,
        shell: str = "bash",
        told: Callable[[Step], None] = lambda _: None,
    ) -> Trace:
        """Type commands into a recorded shell, one after the other."""
        with self.new_session(name=name, goal=goal, cwd=cwd, shell=shell, shows_output=False) as session:
            type_script(session, entries, told)
            session.finish()
        return self.trace(session.spec.run_id)

    def secret_rules(self) -> RuleSet:
        """What is masked in recordings.

        Raises:
            BadInputError: The user's own rules can't be used.
        """
        return load_rules(self.home)

    def runs(self) -> tuple[Run, ...]:
        """All runs, newest first."""
        return tuple(reader.load_run(self.home, run_id) for run_id in reversed(reader.run_ids(self.home)))

    def trace(self, run: str) -> Trace:
        """A run with all that it recorded.

        Args:
            run: Its id or name, or an unambiguous prefix; of several runs of one name the newest.
        """
        trace = reader.load_trace(self.home, self._run_id(run))
        self._settle(trace.run)
        return trace

    def remove(self, run: str) -> str:
        """Delete a run; returns its id."""
        run_id = self._run_id(run)
        reader.delete_run(self.home, run_id)
        self._catalog.remove(RunRow, run_id)
        self._audit.append(actor=self.actor, action=Action.REMOVED, subject=run_id)
        return run_id

    def export_run(self, run: str, form: str) -> list[str]:
        """A run as `asciicast-v3`, `asciicast-v2` or `text`: lines with their ends."""
        trace = self.trace(run)
        if form == "text":
            return [f"$ {printable(step.command)}\n{printable(step.output)}" for step in trace.steps]
        frames = reader.read_frames(self.home, trace.run.run_id)
        lines = asciicast.to_asciicast(trace.run, frames, trace.steps, 2 if form == "asciicast-v2" else 3)
        return [f"{line}\n" for line in lines]

    def _settle(self, run: Run) -> None:
        """Note how a run ended, whoever recorded it and however it ended."""
        known = self._catalog.get(RunRow, run.run_id)
        if known is None or known.status is not run.status:
            self._catalog.put(run_row(run))

    def _run_id(self, given: str) -> str:
        ids = reader.run_ids(self.home)
        if given in ids:
            return given
        named = {run.name: run.run_id for run in reversed(self.runs())}
        if given in named:
            return named[given]
        return named.get(found := pick(given, {*ids, *named}, what="run"), found)
