"""What Home asks before it does something: names, files, which recordings, whether a step happened."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from textual import on

from app.screens.filtering import FilteringScreen
from app.workers.facts import Compiled, MarkdownImported, NotCompiled, RunImported, RunRemoved
from app.workers.sharing import RunFetched, RunsPushed, StoredListed, VersionsFetched, VersionsPublished
from app.workers.telling import RunMade, RunsJoined, Settled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capture.trace import Run
    from replay.outcome import Replay

TWO = 2
"""Recordings that compare."""


class AskingScreen(FilteringScreen):
    """Knows the recordings, which of them are marked, and what is to be settled."""

    def __init__(self) -> None:
        """Nothing was read yet."""
        super().__init__()
        self._by_id: dict[str, Run] = {}
        self._marked: tuple[str, ...] = ()
        self._unknown: tuple[Replay, ...] = ()

    @abstractmethod
    def action_reload(self) -> None:
        """Read everything again."""

    def action_record_as(self) -> None:
        """Ask for name, goal and what else to watch, then record."""
        from app.screens.naming import ask_recording

        ask_recording(self)

    def action_import_run(self) -> None:
        """Ask for a file, and make a run of it."""
        from app.screens.importing import ask_import

        ask_import(self)

    def action_fetch_playbooks(self) -> None:
        """Ask for a repository, and take what it holds and this home does not."""
        from app.screens.sharing import ask_fetch

        ask_fetch(self)

    def action_publish(self) -> None:
        """Ask for a repository, and put every active version into it."""
        from app.screens.sharing import ask_publish

        ask_publish(self, ())

    def action_push_run(self) -> None:
        """Ask for a store, and put what is marked, or what the cursor is on, into it."""
        chosen = self._marked or tuple(filter(None, (self.runs.key,)))
        if chosen:
            from app.screens.storing import ask_push

            ask_push(self, chosen)

    def action_stored_runs(self) -> None:
        """Ask for a store, and list what it holds."""
        from app.screens.storing import ask_stored

        ask_stored(self)

    @on(StoredListed)
    def list_stored(self, event: StoredListed) -> None:
        """One of them may be fetched."""
        from app.screens.storing import choose_stored

        choose_stored(self, event)

    @on(RunFetched)
    def open_fetched(self, event: RunFetched) -> None:
        """It is what one wants to see."""
        self.action_reload()
        self.book.open_trace(event.run_id)

    @on(VersionsFetched)
    @on(VersionsPublished)
    @on(RunsPushed)
    def show_shared(self, event: VersionsFetched | VersionsPublished | RunsPushed) -> None:
        """What came or went, to be read in peace."""
        from app.screens.dialogs import Reading
        from app.widgets.prose import row

        self.action_reload()
        self.app.push_screen(Reading("Shared", [row(line) for line in event.lines]))

    def action_record_script(self) -> None:
        """Ask for a script, and record it."""
        from app.screens.making import ask_script

        ask_script(self)

    def action_record_last(self) -> None:
        """Make a recording of what was done just now."""
        from app.screens.making import ask_last

        ask_last(self)

    @on(RunMade)
    def open_made(self, event: RunMade) -> None:
        """What was recorded is what one wants to see, and that it is less than was wanted."""
        from app.screens.endings import ending_of

        if event.short:
            self.say(ending_of(event).said, severity="warning")
        self.action_reload()
        self.book.open_trace(event.run.run_id)

    @on(RunImported)
    def open_imported(self, event: RunImported) -> None:
        """Its trace is what one wants to see; what was left out comes with it."""
        for sentence in event.run.imported.left_out if event.run.imported else ():
            self.say(sentence, severity="warning")
        self.book.open_trace(event.run.run_id)

    @on(MarkdownImported)
    def open_playbook_of(self, event: MarkdownImported) -> None:
        """What a reader must know of it comes with it."""
        for note in event.compilation.quality.notes:
            self.say(note, severity="warning")
        self.book.open_playbook(event.compilation.playbook.name)

    def action_compile_marked(self) -> None:
        """Ask for a name, then compile what is marked, in the order of the marks."""
        chosen = self._marked or tuple(filter(None, (self.runs.key,)))
        if chosen:
            from app.screens.dialogs import AskText
            from app.screens.naming import PLAYBOOK_QUESTION, slug

            many = f"{len(chosen)} recordings of the same work" if len(chosen) > 1 else self._by_id[chosen[0]].name
            asked = AskText(f"Compile {many}", PLAYBOOK_QUESTION, value=slug(self._by_id[chosen[0]].name))
            self.app.push_screen(asked, lambda name: self._compile(chosen, name))

    def action_join(self) -> None:
        """Make one recording of those that are marked."""
        if len(self._marked) < 2:  # noqa: PLR2004 - one is whole by itself
            self.say(self.book.keys.told("Mark two recordings or more with {mark}; they are joined in that order."))
        else:
            from app.screens.joining import ask_join

            ask_join(self, self._marked)

    @on(RunsJoined)
    def open_joined(self, event: RunsJoined) -> None:
        """It is listed from now on, and looked at first."""
        self._marked = ()
        self.action_reload()
        self.book.open_trace(event.run_id)

    def _compile(self, runs: Sequence[str], name: str | None) -> None:
        if name:
            from app.screens.compiling import compile_errand

            self.book.send_out(compile_errand(self.core, runs, name=name), to=self)

    @on(Compiled)
    def open_compiled(self, event: Compiled) -> None:
        """The playbook is where one goes from here."""
        self._marked = ()
        playbook = event.compilation.playbook
        self.book.open_playbook(f"{playbook.name}@{playbook.version}")

    @on(NotCompiled)
    def show_parting(self, event: NotCompiled) -> None:
        """Where the recordings part, to be read in peace; the marks stay."""
        from app.screens.dialogs import Reading
        from app.screens.listing import parting_rows

        self.app.push_screen(Reading("Not compiled", parting_rows(event.reason)))

    def action_compare(self) -> None:
        """Compare the two that are marked, in the order of the marks."""
        if len(self._marked) == TWO:
            self.book.open_comparison(*self._marked)
        else:
            told = self.book.keys.told("mark two recordings with {mark}, then {compare} compares them")
            self.say(told, severity="warning")

    def action_find_playbook(self) -> None:
        """Say what is to be done, and find what was made for it."""
        self.book.open_seeking()

    def action_ledger(self) -> None:
        """See what replaying has saved."""
        self.book.open_ledger()

    def action_settle(self) -> None:
        """Ask whether the step happened that nobody knows of; of several, the oldest."""
        if self._unknown:
            from app.screens.settling import ask_settle

            ask_settle(self, self._unknown[0])

    @on(Settled)
    def show_settled(self, event: Settled) -> None:
        """Say where it goes on; another one may wait."""
        from replay.claims import going_on

        self.say(f"✓ {going_on(event.replay)}")
        self.action_reload()

    def action_remove(self) -> None:
        """Delete a recording, after a question."""
        run = self._by_id.get(self.runs.key or "")
        if run is not None:
            from app.screens.removing import ask_removal

            ask_removal(self, run)

    @on(RunRemoved)
    def forget(self) -> None:
        """Read what is left."""
        self.action_reload()
