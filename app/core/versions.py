"""Playbooks and their versions: compiled, imported, listed, compared, exported."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, NamedTuple

import msgspec

from app.core.always import Always
from app.formats import WHOLE, View
from app.putting import Told, put, unheard
from capture.errors import BadInputError, RefusedError, UnknownNameError
from capture.scripted import split_commands
from capture.secrets.redaction import Redactor
from capture.secrets.rules import load_rules
from capture.trace import Trace
from replay import document, exchange
from replay.compiler import compile_traces
from replay.compiler.carrying import carried
from replay.document.merging import ApartError, merged
from replay.governance.audit import Action
from replay.history.suspects import Suspect
from replay.library.naming import near_name
from replay.library.rows import VersionRow
from replay.playbook import Compilation, Playbook, VersionStatus
from replay.tools.offered import tools_for
from replay.twins import Twin, learn, twin_of


class VersionSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A playbook in a list, by its newest version."""

    name: str
    version: int
    status: VersionStatus
    digest: str
    created_at: str
    versions: tuple[int, ...]
    active: int | None
    steps: int
    goal: str | None
    problem: str | None = None
    """Why its file can't be read at the moment."""
    suspect: Suspect | None = None
    """Why its active version is not to be trusted at the moment."""
    wrong: str | None = None
    """What its active version is repaired for again and again, in a sentence."""


class StoredVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version with its document."""

    playbook: Playbook
    status: VersionStatus
    digest: str
    text: str
    compilation: Compilation | None = None
    wants: str | None = None
    """Who must still say yes before it is active, in a clause; told to who has just said yes to it."""


class Said(NamedTuple):
    """What a person decided of a compilation."""

    keep: frozenset[int] = frozenset()
    drop: frozenset[int] = frozenset()
    env: tuple[str, ...] = ()
    answers: Mapping[str, bool] = {}


def said_of(compilation: Compilation) -> Said:
    """What a person has decided of it so far."""
    return Said(frozenset(compilation.kept), frozenset(compilation.left_out), compilation.env, compilation.answers)


class Versions(Always):
    """What can be done with playbooks."""

    def compile(
        self,
        runs: Sequence[str],
        *,
        name: str,
        keep: frozenset[int] = frozenset(),
        drop: frozenset[int] = frozenset(),
        env: Sequence[str] = (),
        progress: Callable[[str], None] = lambda _: None,
    ) -> Compilation:
        """Compile one playbook from one or several runs; stored as the next draft.

        Args:
            runs: Runs of the same work.
            name: Of the playbook.
            keep: Recorded steps that must stay.
            drop: Recorded steps that are left out.
            env: Variables exported before the first run began that are to be set first; `all` for all that it uses.
            progress: Is told what comes next; what it raises ends the work, and nothing is stored.
        """
        return self._compiled(runs, name=name, said=Said(keep=keep, drop=drop, env=tuple(env)), progress=progress)

    def answer(self, ref: str, question: str, *, yes: bool) -> StoredVersion:
        """Answer a question of the compiler: the same runs compiled again, as the next draft.

        Raises:
            UnknownNameError: There is no such question, or a run is gone.
            RefusedError: A person changed the same place of the version.
        """
        stored = self.version(ref)
        asked = stored.compilation
        wanted = next((one for one in asked.questions if one.id == question), None) if asked else None
        if asked is None or wanted is None:
            known = ", ".join(one.id for one in asked.questions) if asked else ""
            raise UnknownNameError(f"{ref} has no question {question!r}; it has {known or 'none'}")
        return self._decided(stored, lambda said: said._replace(answers={**said.answers, wanted.value: yes}))

    def keep(self, ref: str, step: int) -> StoredVersion:
        """Take a step back that was left out, or leave a kept one to the compiler again: compiled as the next draft.

        Args:
            ref: NAME[@V].
            step: Its number in the recording.

        Raises:
            UnknownNameError: No such step was left out or kept, or a run is gone.
            RefusedError: A person changed the same place of the version.
        """
        stored = self.version(ref)
        asked = stored.compilation
        movable = {*asked.kept, *(one.source_step_index for one in asked.dropped)} if asked else set()
        if asked is None or step not in movable:
            raise UnknownNameError(f"{ref} left out no step {step} of its recording")

        def moved(said: Said) -> Said:
            keep = said.keep if step in said.drop else said.keep ^ {step}
            return said._replace(keep=keep, drop=said.drop - {step})

        return self._decided(stored, moved)

    def carry(self, ref: str, names: Sequence[str]) -> StoredVersion:
        """Say which variables of before the recording are set first: compiled again as the next draft.

        Args:
            ref: NAME[@V].
            names: All of them; `all` for all that the steps use.

        Raises:
            BadInputError: One of them was not exported then.
            UnknownNameError: No compile made this version, or a run is gone.
            RefusedError: A person changed the same place of the version.
        """
        stored = self.version(ref)
        if stored.compilation is None:
            raise UnknownNameError(f"no compile made {ref}; edit its document to set a variable first")
        return self._decided(stored, lambda said: said._replace(env=tuple(names)))

    def _decided(self, stored: StoredVersion, decide: Callable[[Said], Said]) -> StoredVersion:
        """The same runs compiled again with a person's decisions, and what they had edited, as the next draft."""
        name, version = stored.playbook.name, stored.playbook.version
        compiled = self._shelf.compilation(name, version)
        if compiled is None:
            raise RefusedError(f"{name}@{version} can't be compiled again: what was decided of it is gone; edit on")
        traces = [self.trace(run) for run in compiled.playbook.source_runs]
        fresh = self._made_of(traces, name=name, said=decide(said_of(compiled)), verified=compiled.verified)
        made = self._stored(
            fresh,
            traces,
            playbook=_brought_together(compiled.playbook, stored.playbook, fresh.playbook),
            based_on=version,
        )
        return self.version(f"{made.playbook.name}@{made.playbook.version}")

    def _as_compiled(self, ref: str, compilation: Compilation) -> StoredVersion:
        """A version that nobody edited since it was compiled.

        Raises:
            RefusedError: Somebody did.
        """
        stored = self.version(ref)
        if document.digest(compilation.playbook) != stored.digest:
            raise RefusedError(
                f"{ref} was edited since it was compiled: verifying compiles it again, which would lose the edit; "
                f"verify the version that compile made, or run replaybook update {ref} --from RUN"
            )
        return stored

    def _compiled(self, runs: Sequence[str], *, name: str, said: Said, progress: Callable[[str], None]) -> Compilation:
        """Compile and store."""
        traces = [self._read_for(run, at, len(runs), progress) for at, run in enumerate(runs, 1)]
        progress(f"compiling {sum(len(trace.steps) for trace in traces)} steps")
        compilation = self._made_of(traces, name=name, said=said)
        progress("storing the draft")
        return self._stored(compilation, traces)

    def _read_for(self, run: str, at: int, of: int, progress: Callable[[str], None]) -> Trace:
        progress(f"reading recording {at} of {of}")
        return self.trace(run)

    def _made_of(self, traces: Sequence[Trace], *, name: str, said: Said, verified: Sequence[str] = ()) -> Compilation:
        """Compile; noise is learned of replays that were made for that."""
        compilation = compile_traces(
            traces,
            name=name,
            blobs=self.home.blob,
            keep=said.keep,
            drop=said.drop,
            answers=said.answers,
            env=said.env,
            known_tools=tools_for(self.home, (step.kind for trace in traces for step in trace.steps)).known,
        )
        for replay_id in verified:
            taught = learn(compilation.playbook, self._twin(replay_id), blobs=self.home.blob)
            compilation = msgspec.structs.replace(
                compilation, playbook=taught.playbook, notes=(*compilation.notes, *taught.notes)
            )
        return msgspec.structs.replace(compilation, verified=tuple(verified))

    def _stored(
        self,
        compilation: Compilation,
        traces: Sequence[Trace],
        *,
        playbook: Playbook | None = None,
        based_on: int | None = None,
    ) -> Compilation:
        """The compilation as the next draft, or the playbook that a person's edit makes of it."""
        playbook, row = self._register.add(
            playbook or compilation.playbook,
            made_from=tuple(trace.run.run_id for trace in traces),
            compilation=compilation,
            based_on=based_on,
        )
        self._audit.append(actor=self.actor, action=Action.COMPILED, subject=row.ref, details={"digest": row.digest})
        return msgspec.structs.replace(compilation, playbook=playbook)

    def _twin(self, replay_id: str) -> Twin:
        """What the steps of a replay came to.

        Raises:
            UnknownNameError: The replay or its run is gone.
        """
        replay = self._replays.read(replay_id)
        return twin_of(replay, self.trace(replay.run_id or ""))

    def import_markdown(self, path: str, *, name: str | None = None, stdin: IO[bytes] | None = None) -> Compilation:
        """A playbook of a Markdown document's shell blocks, as the next draft.

        Args:
            path: The document; `-` is `stdin`.
            name: Of the playbook; None: as the file is called.
            stdin: Read for `-`.

        Raises:
            BadInputError: It can't be read, or no block of it is shell.
        """
        redactor = Redactor(load_rules(self.home))
        called = name or near_name(Path(path).stem) or "markdown"
        made = exchange.from_markdown(
            _read(path, stdin),
            name=called,
            where=path,
            split=split_commands,
            mask=lambda command: redactor.command(command)[0],
        )
        playbook, row = self._register.add(made.playbook, made_from=(f"markdown:{path}",), compilation=made)
        self._audit.append(actor=self.actor, action=Action.IMPORTED, subject=row.ref, details={"digest": row.digest})
        return msgspec.structs.replace(made, playbook=playbook)

    def playbooks(self) -> tuple[VersionSummary, ...]:
        """Every playbook by its newest version."""
        rows: dict[str, list[VersionRow]] = {}
        for row in self._register.rows():
            rows.setdefault(row.name, []).append(row)
        return tuple(_summary(versions) for versions in rows.values())

    def version(self, ref: str) -> StoredVersion:
        """A version with its document: the one named, else the active one, else the newest."""
        row = self._register.wanted(ref)
        playbook, text, row = self._register.load(row.name, row.version)
        compiled = self._shelf.compilation(row.name, row.version)
        decided = carried(compiled, playbook) if compiled else None
        return StoredVersion(playbook=playbook, status=row.status, digest=row.digest, text=text, compilation=decided)

    def diff(self, before: str, after: str) -> str:
        """What changed between two versions, as a unified diff."""
        return document.diff(self.version(before).playbook, self.version(after).playbook)

    def changes(self, before: str, after: str) -> tuple[document.Change, ...]:
        """What changed between two versions, step by step."""
        return document.changes(self.version(before).playbook, self.version(after).playbook)

    def export(self, name: str, form: str, view: View = WHOLE, *, progress: Told = unheard) -> Iterable[str]:
        """A run, or a playbook, in a format of others: text in pieces."""
        if form == "yaml":
            return self.version(name).text.splitlines(keepends=True)
        if form in exchange.EXPORTERS:
            if view != WHOLE:
                raise BadInputError(f"--at, --step and --idle mean nothing to {form}; leave them out")
            return exchange.export(self.version(name).playbook, form).splitlines(keepends=True)
        return self.export_run(name, form, view, progress=progress)

    def export_to(self, path: Path, name: str, form: str, view: View = WHOLE, *, progress: Told = unheard) -> None:
        """Write what `export` gives to a file, in place of what is there; what `progress` raises leaves that there.

        Raises:
            BadInputError: The file can't be written.
        """
        put(path, self.export(name, form, view, progress=progress), progress=progress)


def _brought_together(compiled: Playbook, edited: Playbook, fresh: Playbook) -> Playbook:
    """What was compiled afresh, with a person's edit of what had been compiled before.

    Raises:
        RefusedError: Both change the same, or what comes of it would be no playbook.
    """
    if msgspec.structs.replace(compiled, version=edited.version) == edited:
        return fresh
    ref = f"{edited.name}@{edited.version}"
    try:
        playbook = merged(compiled, edited, fresh)
        document.load(document.dump(playbook), where=ref)
    except ApartError as error:
        raise RefusedError(f"{ref} was edited, and this changes {error} as well: write it there by hand") from error
    except BadInputError as error:
        raise RefusedError(f"{ref} was edited, and does not go together with this: {error}; edit on") from error
    return playbook


def _read(path: str, stdin: IO[bytes] | None) -> str:
    """A document as text."""
    try:
        data = stdin.read() if path == "-" and stdin is not None else Path(path).read_bytes()
        return data.decode("utf-8")
    except OSError as error:
        raise BadInputError(f"{path} can't be read: {error.strerror}; give another file") from error
    except UnicodeDecodeError as error:
        raise BadInputError(f"{path} is no UTF-8 text ({error.reason}); save it as UTF-8") from error


def _summary(rows: Sequence[VersionRow]) -> VersionSummary:
    newest = rows[-1]
    return VersionSummary(
        name=newest.name,
        version=newest.version,
        status=newest.status,
        digest=newest.digest,
        created_at=newest.created_at,
        versions=tuple(row.version for row in rows),
        active=next((row.version for row in rows if row.status is VersionStatus.ACTIVE), None),
        steps=newest.steps,
        goal=newest.goal,
        problem=newest.problem,
    )
