"""Recording sessions, and the runs that they became."""

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from app.core.parts import Parts
from app.formats import WHOLE, View, export
from app.putting import FRAMES, Told, followed, unheard
from app.watched import watched
from capture import attaching
from capture.errors import BadInputError, HostError, UnknownNameError
from capture.events import Frame
from capture.naming import new_run_id
from capture.processes import ancestors, snapshot
from capture.retries import with_retries
from capture.scripted import ScriptEntry, read_script, type_script
from capture.secrets.redaction import Redactor
from capture.secrets.redaction_rules import RuleSet
from capture.secrets.rules import load_rules
from capture.session import Session
from capture.tape import reader
from capture.tape.contents import drop_contents, named_by_run, removing
from capture.tape.editions import Editions
from capture.tape.glance import glance
from capture.tape.presence import Presence
from capture.tape.seeking import open_recording
from capture.tape.tail import last_frames
from capture.trace import Run, RunStatus, Step, Trace
from capture.wire import Pause, SessionMode, SessionSpec, Standing, TakeNote
from replay.governance.audit import Action
from replay.library.ids import stamp
from replay.library.listed import run_row
from replay.library.naming import pick
from replay.library.rows import RunRow, holds
from replay.sources.settings import keys_in

if TYPE_CHECKING:
    from app.playback import Playback

SCROLLBACK = 64 << 10
"""Bytes above the screen that the player keeps: what a growing terminal pulls back in."""


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
        review: bool = False,
        watch: Sequence[str] = (),
        terminal: Mapping[str, str] | None = None,
    ) -> Session:
        """Begin to record a shell that someone types at; `terminal` is what it is told of a terminal that we draw.

        Raises:
            BadInputError: The home lies in the workspace, or a watched path is too wide.
            HostError: The shell is not there.
        """
        if self.home.path.resolve().is_relative_to(Path(cwd).resolve()):
            raise BadInputError(
                f"home {self.home.path} lies inside the workspace {cwd}; record elsewhere, or give --home"
            )
        also = tuple(dict.fromkeys(watched(path, cwd) for path in watch))
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
                review=review,
                watch=also,
                secrets=keys_in(self.home, os.environ),
                environment={**os.environ, **terminal} if terminal else None,
            )
        )
        began = stamp(self.clock())
        with contextlib.ExitStack() as undo:
            # One that is kept would go on unseen.
            undo.callback(session.finish, RunStatus.PARTIAL)
            catalog.put(RunRow(id=run_id, name=session.spec.name, status=RunStatus.IN_PROGRESS, started_at=began))
            undo.pop_all()
        return session

    def live(self) -> Mapping[str, Presence]:
        """The sessions that run now: what their hosts say of themselves, by run."""
        held = (run_id for run_id in reader.run_ids(self.home) if reader.is_recording(self.home, run_id))
        noted = {run_id: reader.host_of(self.home, run_id) for run_id in held}
        return {run_id: presence for run_id, presence in noted.items() if presence is not None}

    def attach(self, run: str | None, *, take_over: bool = False) -> Session:
        """Go on with a session that was left running.

        Args:
            run: Its id or name, or an unambiguous prefix; None: the newest that nobody sits at.
            take_over: Send another front end away.

        Raises:
            UnknownNameError: Nothing is being recorded.
            HostError: The host is gone, does not answer or runs elsewhere; another front end is attached.
        """
        run_id = self._newest_live() if run is None else self._run_id(run)
        return attaching.attach(self.home, run_id, take_over=take_over)

    def end(self, run: str) -> Run:
        """End a session that was left running, in order; returns the run as it ended."""
        run_id = self._run_id(run)
        attaching.end(self.home, run_id)
        return self.trace(run_id).run

    def remark(self, run: str | None, request: TakeNote | Pause) -> tuple[Run, Standing]:
        """Note something in a running session, or pause it, from outside or from within.

        Args:
            run: Its id or name, or an unambiguous prefix; None: the one that this process runs in, or the only one.
            request: What is wanted.

        Raises:
            UnknownNameError: Nothing is being recorded.
            BadInputError: Several sessions run, and none was named.
            HostError: Its host is gone, does not answer or runs elsewhere.
        """
        run_id = self._own_live() if run is None else self._run_id(run)
        return reader.load_run(self.home, run_id), attaching.remark(self.home, run_id, request)

    def _own_live(self) -> str:
        kept = {run_id: presence for run_id, presence in self.live().items() if presence.kept}
        above = ancestors(os.getpid(), snapshot()) if len(kept) > 1 else set()
        if chosen := {run_id for run_id, presence in kept.items() if presence.pid in above} or {*kept}:
            if len(chosen) == 1:
                return chosen.pop()
            raise BadInputError(f"several sessions run: {', '.join(sorted(chosen))}; name one with --session")
        raise UnknownNameError(
            f"nothing is being recorded in {self.home.path}; replaybook record begins it, --home names another place"
        )

    def screen(self, run_id: str, recorded: int, columns: int, rows: int) -> bytes:
        """What a session's terminal showed.

        Args:
            run_id: Whole.
            recorded: Up to which byte of its recording.
            columns: Width of the terminal that it is drawn on, which must be cleared.
            rows: Its height.
        """
        from app.redraw import redrawn  # noqa: PLC0415 - the emulator takes a moment to load

        return redrawn(last_frames(self.home, run_id, recorded), columns, rows)

    def _newest_live(self) -> str:
        kept = {run_id: presence for run_id, presence in self.live().items() if presence.kept}
        free = [run_id for run_id, presence in kept.items() if not presence.attached]
        if not kept:
            raise UnknownNameError("no session runs here; replaybook record begins one")
        return max(free or kept)

    def record_script(  # noqa: PLR0913 - as new_session
        self,
        script: Path,
        *,
        name: str | None = None,
        goal: str | None = None,
        cwd: str,
        shell: str = "bash",
        watch: Sequence[str] = (),
        told: Callable[[Step], None] = lambda _: None,
        running: Callable[[Callable[[], None]], None] = lambda _: None,
    ) -> Trace:
        """Type a script file into a recorded shell.

        `told` hears of each step that has ended; `running` of what ends the recording, with the step that runs.

        Raises:
            BadInputError: The script can't be read.
        """
        entries = read_script(script, shell)
        return self.record_entries(
            entries,
            name=name or script.stem,
            goal=goal,
            cwd=cwd,
            shell=shell,
            watch=watch,
            told=told,
            running=running,
        )

    def record_entries(  # noqa: PLR0913 - as new_session
        self,
        entries: Sequence[ScriptEntry],
        *,
        name: str | None = None,
        goal: str | None = None,
        cwd: str,
        shell: str = "bash",
        watch: Sequence[str] = (),
        told: Callable[[Step], None] = lambda _: None,
        running: Callable[[Callable[[], None]], None] = lambda _: None,
    ) -> Trace:
        """Type commands into a recorded shell, one after the other."""
        with self.new_session(name=name, goal=goal, cwd=cwd, shell=shell, watch=watch, shows_output=False) as session:
            running(lambda: session.end(RunStatus.PARTIAL))
            type_script(session, entries, told)
            session.finish()
        return self.trace(session.spec.run_id)

    def secret_rules(self) -> RuleSet:
        """What is masked in recordings.

        Raises:
            BadInputError: The user's own rules can't be used.
        """
        return load_rules(self.home)

    def import_run(  # noqa: PLR0913 - what an import is told
        self,
        form: str,
        path: str,
        *,
        timing: str | None = None,
        mapping: str | None = None,
        name: str | None = None,
        stdin: IO[bytes] | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> Trace:
        """Take over a recording of another tool, or an agent's record; `form` `agent` takes the one that it looks like.

        Returns:
            The run, its steps without what they printed.

        Raises:
            BadInputError: The file is not what it should be.
            Exception: What `progress` raises; nothing is kept then.
        """
        now = self.clock()
        run_id = new_run_id(now)
        # They read all that others write; only who imports waits until that is loaded.
        from capture.importers import import_file  # noqa: PLC0415 - see above
        from capture.importers.agents import AGENT, recognised  # noqa: PLC0415 - as above

        form = recognised(path) if form == AGENT else form

        def told(number: int) -> None:
            if progress:
                progress(f"{number} moments taken over")

        import_file(
            self.home,
            form,
            path,
            run_id=run_id,
            now=now,
            stdin=stdin,
            timing=timing,
            mapping=mapping,
            name=name,
            progress=told,
        )
        # Without what its steps printed: of a long record that is most, and nobody has asked for it.
        trace = glance(self.home, run_id).trace
        self._catalog.put(run_row(trace.run))
        return trace

    def runs(self, matching: str = "") -> tuple[Run, ...]:
        """All runs, newest first; with a text, those with it in their name or goal, capitals or not."""
        if matching:
            return tuple(self._holding(matching))
        return tuple(self._readable(reversed(reader.run_ids(self.home))))

    def _holding(self, text: str) -> Iterator[Run]:
        """The catalog says which; the files of those that it has not seen end are looked into."""
        needle, rows = text.casefold(), self._catalog.matching(RunRow, text)
        found = {row.id for row in rows}
        listed = self._catalog.storage.documents(RunRow.TABLE)
        ended = {one["id"] for one in listed if one["status"] != RunStatus.IN_PROGRESS}
        there = (folder.name for folder in self.home.runs.glob("*"))
        wanted = sorted((run_id for run_id in there if run_id in found or run_id not in ended), reverse=True)
        return (run for run in self._readable(wanted) if holds(needle, run.name, run.goal))

    def _readable(self, run_ids: Iterable[str]) -> Iterator[Run]:
        """Without what a crash left of a run that had not begun, or another process deletes right now."""
        for run_id in run_ids:
            with contextlib.suppress(BadInputError, UnknownNameError):
                yield reader.load_run(self.home, run_id)

    def trace(self, run: str) -> Trace:
        """A run with all that it recorded.

        Args:
            run: Its id or name, or an unambiguous prefix; of several runs of one name the newest.
        """
        trace = reader.load_trace(self.home, self._run_id(run))
        self._settle(trace.run)
        return with_retries(trace)

    def playback(self, run: str) -> "Playback":
        """The terminal recording of a run, for the player; close it.

        Args:
            run: As for `trace`.
        """
        from app.ghostty import ENGINE, Ghostty  # noqa: PLC0415 - only the player needs the emulator's library
        from app.playback import Playback  # noqa: PLC0415 - as above

        recording = open_recording(self.home, self._run_id(run))
        return Playback(recording, lambda: Ghostty(scrollback=SCROLLBACK), engine=ENGINE)

    def remove(self, run: str) -> str:
        """Delete a run, its original and the contents that nothing else refers to; returns its id.

        Raises:
            RefusedError: It is still being recorded, or edited.
            HostError: Something of it can't be deleted.
        """
        run_id = self._run_id(run)
        self._check_log()
        with Editions(self.home, run_id), removing(self.home, run_id):
            # Before the run: cut short, it is done again by deleting it once more.
            drop_contents(self.home, named_by_run(self.home, run_id), but=(run_id,))
            reader.delete_run(self.home, run_id)
        self._catalog.remove(RunRow, run_id)
        self._audit.append(actor=self.actor, action=Action.REMOVED, subject=run_id)
        return run_id

    def export_run(self, run: str, form: str, view: View = WHOLE, *, progress: Told = unheard) -> Iterable[str]:
        """A run in a format of others, as text in pieces; what `progress` raises ends it.

        Raises:
            BadInputError: There is no such format, or it can't show just that part.
        """
        trace = self.trace(run)

        def frames() -> Iterable[Frame]:
            return followed(reader.read_frames(self.home, trace.run.run_id), progress, FRAMES)

        return export(trace, frames, form, view)

    def _settle(self, run: Run) -> None:
        """Note how a run ended, whoever recorded it and however it ended; a full disk must not keep it from view."""
        with contextlib.suppress(HostError):
            known = self._catalog.get(RunRow, run.run_id)
            if known is None or known.status is not run.status:
                self._catalog.put(run_row(run))

    def _run_id(self, given: str) -> str:
        if reader.is_run(self.home, given):
            return given
        ids = reader.run_ids(self.home)
        named = {run.name: run.run_id for run in reversed(self.runs())}
        if given in named:
            return named[given]
        return named.get(found := pick(given, {*ids, *named}, what="run"), found)
