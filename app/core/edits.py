"""Edits of recordings: each makes the run's new state, and the original is kept until it is purged."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from app.core.looking import Looking
from app.edit import Edit, Edited
from capture.errors import BadInputError, RefusedError
from capture.naming import new_run_id
from capture.tape import editing, erasing, joining, reader
from capture.tape.contents import Keeping, contents_of, drop_contents, removing
from capture.tape.editing import Recording
from capture.tape.editions import Editions, read_run, write_run
from capture.trace import Run, Trace
from replay.governance.audit import Action
from replay.library.listed import run_row


class Edits(Looking):
    """What can be done to runs."""

    def edit(self, run: str, edit: Edit) -> Edited:
        """Edit a run.

        Raises:
            BadInputError: Nothing to do, or it can't be done.
            RefusedError: It is still being recorded.
        """
        wanted = _wanted(edit)
        if edit.trim is None and not edit.cut and edit.idle_s is None and not wanted:
            raise BadInputError("nothing to edit; say --trim, --cut, --idle, --redact, --undo or --purge")
        self._check_log()
        with Editions(self.home, self._run_id(run)) as states:
            before = read_run(states.current)
            after, words = _reworked(before, edit)
            if words:
                states.edit(_noted(after, words))
            edited = self._redacted(states, wanted) if wanted else self._outcome(states)
        self._note(edited)
        return edited

    def undo_edit(self, run: str) -> Edited:
        """Take the last edit back: the run is as it was before it.

        Raises:
            RefusedError: Nothing is kept from before.
        """
        return self._undone(run, Editions.undo)

    def undo_edits(self, run: str) -> Edited:
        """Give the original back, byte for byte.

        Raises:
            RefusedError: There is none any more.
        """
        return self._undone(run, Editions.undo_all)

    def _undone(self, run: str, undo: Callable[[Editions], None]) -> Edited:
        self._check_log()
        with Editions(self.home, self._run_id(run)) as states:
            undo(states)
            edited = self._outcome(states)
        self._note(edited)
        return edited

    def purge_original(self, run: str) -> Edited:
        """Delete the original for good, and the contents that only it needs.

        Raises:
            RefusedError: There is none.
        """
        self._check_log()
        with Editions(self.home, self._run_id(run)) as states, removing(self.home, states.run_id):
            held = self._contents(states)
            # Before its original: cut short, it is done again by purging once more.
            freed = self._dropped(held - contents_of(reader.read_trace(states.current)), states)
            states.purge()
            edited = msgspec.structs.replace(self._outcome(states), contents_dropped=len(freed))
        self._note(edited)
        return edited

    def join(self, runs: Sequence[str], *, name: str) -> Trace:
        """Make one run of several, in this order; they stay as they are.

        Raises:
            BadInputError: They can't be joined.
            RefusedError: One is still being recorded.
        """
        ids = [self._run_id(run) for run in runs]
        for run_id in ids:
            if reader.is_recording(self.home, run_id):
                raise RefusedError(f"run {run_id} is still being recorded; end its session first")
        with Keeping(self.home):
            whole = joining.joined([read_run(self.home.run_folder(run_id)) for run_id in ids])
            return self._made(whole, name=name, how=f"joined of {', '.join(ids)}")

    def has_original(self, run: str) -> bool:
        """Whether a run was edited and its original is still kept."""
        return Editions(self.home, self._run_id(run)).original is not None

    def _made(self, recording: Recording, *, name: str, how: str) -> Trace:
        """Store a run that was made of others."""
        # Opened before there is a run that it does not know of.
        catalog, run_id = self._catalog, new_run_id(self.clock())
        run = msgspec.structs.replace(recording.trace.run, run_id=run_id, name=name, replay_id=None)
        made = Recording(msgspec.structs.replace(recording.trace, run=run), recording.frames)
        write_run(self.home, _noted(made, [how]))
        trace = self.trace(run_id)
        catalog.put(run_row(trace.run))
        return trace

    def _redacted(self, states: Editions, wanted: Sequence[erasing.Wanted]) -> Edited:
        done = [erasing.erased(read_run(folder), wanted) for folder in states.folders]
        places = sum(found for _, found in done)
        holding = {digest for digest in self._contents(states) if self._holds(digest, wanted)}
        if not places and not holding:
            raise BadInputError("no file of this run holds that text; nothing was redacted")
        told = [f"redacted in {places} places"]
        if places:
            states.replace([_noted(recording, told) for recording, _ in done])
        with removing(self.home, states.run_id):
            gone = self._dropped(holding, states)
        return msgspec.structs.replace(
            self._outcome(states),
            masked=places,
            contents_dropped=len(gone),
            contents_kept=tuple(sorted(holding - gone)),
            found_in=tuple(self._elsewhere(wanted, states)),
        )

    def _holds(self, digest: str, wanted: Sequence[erasing.Wanted]) -> bool:
        content = self.home.blob(digest)
        return content is not None and any(one.is_in(content) for one in wanted)

    def _contents(self, states: Editions) -> frozenset[str]:
        return frozenset().union(*(contents_of(reader.read_trace(folder)) for folder in states.folders))

    def _dropped(self, digests: Iterable[str], states: Editions) -> frozenset[str]:
        return drop_contents(self.home, digests, but=(states.run_id,))

    def _elsewhere(self, wanted: Sequence[erasing.Wanted], states: Editions) -> Iterator[str]:
        """Files that people must look after themselves: documents are signed for, other runs have their own edits."""
        for path in sorted(self.home.path.rglob("*")):
            mine = path.is_relative_to(self.home.runs / states.run_id) or path.is_relative_to(self.home.blobs)
            if not mine and path.is_file() and path.stat().st_size <= _LOOKED_INTO:
                data = path.read_bytes()
                if any(one.is_in(data) for one in wanted):
                    yield str(path.relative_to(self.home.path))

    def _outcome(self, states: Editions) -> Edited:
        trace = reader.read_trace(states.current)
        return Edited(
            run_id=states.run_id,
            steps=len(trace.steps),
            edits=trace.run.edits,
            original_kept=states.original is not None,
        )

    def _note(self, edited: Edited) -> None:
        self._catalog.put(run_row(reader.load_run(self.home, edited.run_id)))
        how = "; ".join(edited.edits) or "original given back"
        self._audit.append(actor=self.actor, action=Action.EDITED, subject=edited.run_id, details={"how": how})


_LOOKED_INTO = 32 << 20
"""Bytes up to which another file of the home is searched for a redacted text."""


def _wanted(edit: Edit) -> list[erasing.Wanted]:
    texts = [erasing.Wanted.text(text) for text in edit.redact]
    return [*texts, *(erasing.Wanted(pattern) for pattern in edit.redact_patterns)]


def _reworked(recording: Recording, edit: Edit) -> tuple[Recording, list[str]]:
    """Trim, cut and cap; and what was done, in words."""
    words: list[str] = []
    indexes = [step.step_index for step in recording.trace.steps]
    kept = set(indexes)
    if edit.trim is not None:
        kept = set(editing.trimmed(recording.trace, edit.trim))
        words.append(f"trimmed to {edit.trim}")
    if edit.cut:
        editing.check_steps(recording.trace, edit.cut)
        kept -= set(edit.cut)
        words.append(f"cut {', '.join(map(str, sorted(edit.cut)))}")
    if words:
        recording = editing.select(recording, kept)
    if edit.idle_s is not None:
        if edit.idle_s < 0:
            raise BadInputError(f"--idle {edit.idle_s:g} is less than nothing; give seconds")
        recording = editing.cap_idle(recording, int(edit.idle_s * 1_000_000))
        words.append(f"silences of at most {edit.idle_s:g} s")
    return recording, words


def _noted(recording: Recording, words: Sequence[str]) -> Recording:
    run: Run = recording.trace.run
    run = msgspec.structs.replace(run, edits=(*run.edits, *words))
    return Recording(msgspec.structs.replace(recording.trace, run=run), recording.frames)
