"""Takes in replays whose process died, and a person's word about what nobody can know of them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from capture.errors import RefusedError, ReplaybookError
from capture.home import Home
from capture.tape.reader import has_ended, load_trace
from capture.trace import Trace
from replay.claims import is_open, question, recovered, settled
from replay.governance.audit import Action, Recorder
from replay.library.journals import Journals
from replay.library.records import Records
from replay.outcome import Replay, Word

PATIENCE_S = 5.0
"""How long the shell of a dead replay gets to end."""


@dataclass(frozen=True)
class Recovery:
    """Replays whose process died.

    Attributes:
        home: Whose.
        records: Where replays are kept.
        keep: Stores one, and lists it.
        audit: Where a person's word goes.
        actor: Who says it.
        conclude: Makes the version of what was approved in a replay that died, by its id.
    """

    home: Home
    records: Records[Replay]
    keep: Callable[[Replay], None]
    audit: Recorder
    actor: str
    conclude: Callable[[str], None] = lambda _: None

    @property
    def _journals(self) -> Journals:
        return Journals(self.home)

    def take_in(self) -> None:
        """Make the documents of replays whose process died since; those whose shell still ends come later.

        Raises:
            HostError: The disk said no.
        """
        journals = self._journals
        if not journals.ids():
            return
        with journals.exclusive():
            for replay_id in journals.ids():
                if not journals.is_held(replay_id):
                    self._take_in(replay_id, known=self.records.has(replay_id))

    def _take_in(self, replay_id: str, *, known: bool) -> None:
        journals = self._journals
        if known:
            # It died between the last two strokes of its pen; one that awaits a word keeps its journal.
            if not is_open(self.records.read(replay_id)):
                journals.remove(replay_id)
            return
        journal = journals.read(replay_id)
        if journal is None:
            journals.remove(replay_id)
            return
        run_id = journal.begun.replay.run_id or ""
        if not has_ended(self.home, run_id, PATIENCE_S):
            return
        trace = self._trace(run_id)
        replay = recovered(journal, trace.steps if trace else (), run_id if trace else None)
        self.conclude(replay_id)
        self.keep(replay)
        if not is_open(replay):
            journals.remove(replay_id)

    def open(self) -> tuple[Replay, ...]:
        """Replays with a step of which nobody knows whether it happened, oldest first."""
        self.take_in()
        found = (self.records.read(one) for one in self._journals.ids() if self.records.has(one))
        return tuple(one for one in found if is_open(one))

    def check(self, playbook: str, workspace: str) -> None:
        """Refuse to run what may have happened already.

        Raises:
            RefusedError: A step of an earlier replay of the playbook in that workspace may have; the text says which.
        """
        for replay in self.open():
            if (replay.playbook, replay.workspace) == (playbook, workspace):
                raise RefusedError(question(replay))
        for replay_id in self._journals.ids():
            journal = self._journals.read(replay_id)
            begun = journal.begun.replay if journal else None
            if begun and not begun.shadow and (begun.playbook, begun.workspace) == (playbook, workspace):
                raise RefusedError(self._still_there(begun))

    def _still_there(self, begun: Replay) -> str:
        if self._journals.is_held(begun.replay_id):
            return (
                f"{begun.playbook} is being replayed in {begun.workspace} already ({begun.replay_id}); "
                f"wait for its end, or stop it"
            )
        return (
            f"replay {begun.replay_id} was killed and its shell still runs a step in {begun.workspace}; "
            f"wait for its end, `replaybook runs` shows it"
        )

    def settle(self, replay_id: str, word: Word) -> Replay:
        """Take a person's word about a step that may have happened or not.

        Args:
            replay_id: The replay, or an unambiguous prefix.
            word: What they say, after they have looked.

        Returns:
            The replay with it.

        Raises:
            UnknownNameError: No such replay.
            RefusedError: It left nothing unknown, or that was settled already.
        """
        self.take_in()
        replay = self.records.read(self.records.resolve(replay_id))
        claim = replay.unknown
        if claim is None or claim.word is not None:
            said = f"was settled already: {claim.word}" if claim else "left no step unknown"
            raise RefusedError(f"replay {replay.replay_id} {said}; nothing to say about it")
        from replay.shadow import workspace_digest  # noqa: PLC0415 - only a word about a workspace wants it looked at

        told = settled(replay, word, workspace_digest(Path(replay.workspace)))
        self.audit.append(
            actor=self.actor,
            action=Action.SETTLED,
            subject=replay.replay_id,
            details={
                "playbook": f"{replay.playbook}@{replay.version}",
                "digest": claim.digest,
                "step": str(claim.step_index),
                "word": word,
                "workspace": replay.workspace,
            },
        )
        self.keep(told)
        self._journals.remove(replay.replay_id)
        return told

    def _trace(self, run_id: str) -> Trace | None:
        try:
            return load_trace(self.home, run_id)
        except ReplaybookError:
            # Its host died before there was a shell, or a first line.
            return None
