"""Editing a playbook's document in place: looked over at each key, saved as a new draft once it holds."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import msgspec
from textual import on
from textual.app import SuspendNotSupported
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import TextArea

from app.actions import Area, bindings
from app.amounts import counted
from app.editor import edit_document
from app.proofreading import WHERE, Mistake, Written, read_written, step_at, step_lines
from app.screens.base import BookScreen
from app.screens.changing import change_rows
from app.screens.describing import listed
from app.stored import Stored
from app.widgets.document_area import DocumentArea
from app.widgets.lines import Lines
from app.widgets.linked import LinkedSteps
from app.widgets.prose import Row, Tone, piece, row, rows
from app.widgets.steps import StepList
from app.workers.tasks import Refused, in_thread
from app.workers.telling import TextLookedOver, TextRead, TextSaved
from replay.document import json_schema
from replay.flows import flows
from replay.playbook import Playbook

PAUSE_S = 0.12
"""Between the last key and the look: a burst of keys is looked over once."""
LONGEST_PAUSE_S = 1.0
"""What is added to it at most, where looking takes long."""
TOLD = 20
"""Mistakes that are named."""
UNSAVED = "What you wrote is not saved."


class EditScreen(BookScreen):
    """Steps on the left as the text has them; the text; below it all that is wrong, or what saving changes."""

    AREA = Area.EDITOR
    BINDINGS: ClassVar[list[BindingType]] = bindings(Area.EDITOR)

    def __init__(
        self, ref: str, *, saved: Callable[[Stored], None], step: int | None = None, written: str | None = None
    ) -> None:
        """Edit a version.

        Args:
            ref: NAME or NAME@V to begin with.
            saved: Is told of the new version.
            step: Where the cursor goes.
            written: What a person made of it before; None: nothing yet.
        """
        super().__init__()
        self._ref, self._step, self._written_before = ref, step, written
        self._saved = saved
        self._begun: str | None = None
        """The text as it stands in the file; None before it was read."""
        self._base: Playbook | None = None
        self._now = Written()
        self._lines: tuple[int, ...] = ()
        self._number = 0
        """Of the last text that was given to be looked over."""
        self._known = 0
        """Of the text that is known about."""
        self._saving = False
        self._pause: Timer | None = None
        self._looking = False
        self._took_s = 0.0
        """Seconds that the last look took."""
        self._typing = False
        """Whether keys came since the text was given to be looked over."""
        self.steps = LinkedSteps(id="steps")
        """What the text says, as of when it held last."""
        self.area = DocumentArea()
        """The text."""
        self.told = Lines(id="told")
        """What is wrong, or what would change."""

    @property
    def changed(self) -> bool:
        """Whether there is something to save."""
        return self._begun is not None and self.area.text != self._begun

    @property
    def text_known(self) -> bool:
        """Whether what is said is of the text as it is now."""
        return self._known == self._number and not self._typing

    @property
    def busy(self) -> str | None:
        """Quitting would lose what was written."""
        return f"{UNSAVED} Quit?" if self.changed else None

    @property
    def _called(self) -> str:
        return self._ref.partition("@")[0]

    def compose_body(self) -> Iterator[Widget]:
        """Steps, text, what is said of it."""
        with Horizontal():
            yield self.steps
            with Vertical(id="writing"):
                yield self.area
                yield self.told

    def on_mount(self) -> None:
        """Read the document."""
        self.steps.border_title, self.told.border_title = "Steps", "Saving it"
        self.title_bar.place(self._ref, "edit")
        self.area.border_title = "Document"
        self.area.focus()
        core, ref, name = self.core, self._ref, self._called

        def read() -> TextRead:
            found, text = core.text(ref)
            return TextRead(found, text, read_written(text, name=name, base=None).playbook)

        in_thread(self, read, group="text")

    @on(TextRead)
    def begin(self, event: TextRead) -> None:
        """Write on from it."""
        self._ref, self._begun = event.ref, event.text
        self._base = event.playbook
        self.title_bar.place(self._ref, "edit")
        self._lines = step_lines(event.text)
        self.area.load_text(event.text if self._written_before is None else self._written_before)
        if self._step is not None and self._step <= len(self._lines):
            self.area.go_to(self._lines[self._step - 1])
        self._look()

    @on(TextArea.Changed)
    def look_soon(self) -> None:
        """Once no key comes for a moment."""
        if self._begun is None:
            return
        self._typing = True
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(PAUSE_S + min(self._took_s, LONGEST_PAUSE_S), self._look)

    def _look(self) -> None:
        if self._looking:
            # One at a time: two would only be slower together. What it is told brings the next.
            return
        self._number, self._typing, self._looking = self._number + 1, False, True
        number, text, name, base = self._number, self.area.text, self._called, self._base
        clock = self.book.clock

        def look() -> TextLookedOver:
            begun = clock()
            written, lines = read_written(text, name=name, base=base), step_lines(text)
            return TextLookedOver(number, written, lines, took_s=clock() - begun)

        in_thread(self, look, group="look")

    @on(TextLookedOver)
    def show(self, event: TextLookedOver) -> None:
        """Say what it is."""
        self._looking, self._took_s = False, event.took_s
        if self._typing:
            self.look_soon()
        self._known, self._now, self._lines = event.number, event.written, event.lines
        mistake = event.written.mistake
        # Of several in a line the first one.
        self.area.mark({one.line: one.column for one in reversed(event.written.mistakes)})
        if mistake is not None and self._written_before is not None:
            self.area.go_to(mistake.line, mistake.column)
        self._written_before = None
        if event.written.playbook is not None:
            self.steps.show_linked(listed(event.written.playbook, None, None), flows(event.written.playbook))
        self.set_class(mistake is not None, "-wrong")
        self.told.border_title = "It does not hold yet" if mistake else "Saving it"
        self.told.show(self._told_rows())
        sign = piece("✗ wrong", Tone.BAD) if mistake else piece("✓ holds", Tone.GOOD)
        unsaved = piece("● not saved", Tone.WARN) if self.changed else ""
        self.title_bar.facts(sign, unsaved, counted(len(self._lines), "step"))
        self._follow()

    def _told_rows(self) -> list[Row]:
        mistake = self._now.mistake
        if mistake is not None:
            return self._wrong_rows(self._now.mistakes)
        if not self.changed:
            return [row("Nothing is changed yet. Saving makes a new draft; this version stays as it is.", Tone.DIM)]
        if self._base is None:
            return [row("✓ It holds now.", Tone.GOOD)]
        return change_rows(self._now.changes)

    def _wrong_rows(self, mistakes: tuple[Mistake, ...]) -> list[Row]:
        one = len(mistakes) == 1
        there = "{to-mistake} goes there." if one else "{to-mistake} goes from one to the next."
        told = [line for each in mistakes[:TOLD] for line in rows(each.words, Tone.BAD, first="✗ ", rest="  ")]
        more = f"and {counted(len(mistakes) - TOLD, 'more mistake')}; " if len(mistakes) > TOLD else ""
        return [*told, row(more + self.book.keys.told(there), Tone.DIM)]

    @on(TextArea.SelectionChanged)
    def _follow(self) -> None:
        """The list shows the step that the cursor is in."""
        at = step_at(self._lines, self.area.cursor_location[0] + 1)
        if at is not None and not self.steps.has_focus:
            self.steps.go_to(at)

    @on(StepList.Moved)
    def go_to_step(self, event: StepList.Moved) -> None:
        """And back: the text goes where the list is."""
        if self.steps.has_focus and event.index <= len(self._lines):
            self.area.go_to(self._lines[event.index - 1])

    def action_save(self) -> None:
        """Save what holds; once, however often the key is pressed."""
        if self._saving:
            return
        if not self.changed:
            self.say("nothing is changed: there is nothing to save", severity="warning")
            return
        if self.text_known and self._now.mistake is not None:
            self.area.go_to(self._now.mistake.line, self._now.mistake.column)
            self.area.focus()
            self.say(f"not saved: {self._now.mistake.words}", severity="error")
            return
        self._saving = True
        core, ref, text = self.core, self._ref, self.area.text
        in_thread(self, lambda: TextSaved(core.write(ref, text, where=WHERE)), group="save")

    @on(Refused)
    def go_on_writing(self) -> None:
        """It was not saved."""
        self._saving = False

    @on(TextSaved)
    def leave_saved(self, event: TextSaved) -> None:
        """Back to the screen before, which shows it."""
        self._begun = self.area.text
        self.leave_it()
        self._saved(event.stored)

    def action_to_mistake(self) -> None:
        """Put the cursor on the next one."""
        line, column = self.area.cursor_location
        mistake = self._now.mistake_after(line + 1, column + 1)
        if mistake is None:
            self.say("nothing is wrong with it")
            return
        self.area.go_to(mistake.line, mistake.column)
        self.area.focus()

    def action_in_editor(self) -> None:
        """Write on in the user's own editor, and come back with what it left."""
        written = written_in_editor(self, self._ref, self.area.text)
        if written is not None and written != self.area.text:
            self.area.load_text(written)
            self._look()

    def action_leave(self) -> None:
        """Ask before anything is lost."""
        if self._saving:
            return
        if self.changed:
            self.confirm("Leave", f"{UNSAVED} Leave it?", self.leave_it)
        else:
            self.leave_it()


def written_in_editor(screen: BookScreen, ref: str, text: str) -> str | None:
    """Lend the terminal to the user's editor.

    Args:
        screen: Who asks.
        ref: What the document is, as its file is called.
        text: What is to be edited.

    Returns:
        The text as the editor left it; None when there was none, which was said.
    """
    with tempfile.TemporaryDirectory(prefix="replaybook-") as folder:
        path = Path(folder, f"{ref}.yaml")
        try:
            with screen.app.suspend():
                written, problem = edit_document(path, text, msgspec.json.encode(json_schema()), os.environ)
        except SuspendNotSupported:
            written, problem = text, f"this terminal can't be lent to an editor; run replaybook playbook {ref} --edit"
    screen.app.refresh(layout=True)
    if problem:
        screen.say(problem, severity="error")
    return None if problem else written
