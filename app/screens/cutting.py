"""Editing a recording on the Trace screen: steps cut out, beginning and end trimmed, and all of it taken back."""

from collections.abc import Callable

from textual import on

from app.edit import Edit, Edited
from app.screens.dialogs import AskText
from app.screens.finding import Finding
from app.workers.seeing import GlanceTaken
from app.workers.tasks import in_thread
from capture.errors import BadInputError
from capture.tape.erasing import Wanted

LONGEST_S = 86_400.0


class Cutting(Finding):
    """What changes the recording; the original is kept."""

    def action_cut_step(self) -> None:
        """Take the step under the cursor out."""
        if self.steps.numbered is not None:
            self._edit(Edit(cut=(self.steps.numbered,)))

    def action_trim_start(self) -> None:
        """Begin with the step under the cursor."""
        if self.steps.numbered is not None:
            self._edit(Edit(trim=f"{self.steps.numbered}.."))

    def action_trim_end(self) -> None:
        """End with the step under the cursor."""
        if self.steps.numbered is not None:
            self._edit(Edit(trim=f"..{self.steps.numbered}"))

    def action_undo_edit(self) -> None:
        """Take the last edit back."""
        core = self.core
        self._change(core.undo_edit)

    def action_undo_all_edits(self) -> None:
        """Give the original back."""
        core = self.core
        self._change(core.undo_edits)

    def action_shorten(self) -> None:
        """Ask for the longest silence."""
        question = "How many seconds may nothing happen at most? Longer silences are shortened."
        asked = AskText("Shorten silences", question, value="2", problem=_no_span)
        self.app.push_screen(asked, lambda text: self._edit(Edit(idle_s=float(text))) if text else None)

    def action_redact(self) -> None:
        """Ask for a text, and whether to mask it for good."""
        question = "Which text? It is masked in every command, output and file that this recording keeps."
        self.app.push_screen(
            AskText("Mask", question), lambda text: self._confirm(Edit(redact=(text,))) if text else None
        )

    def action_redact_pattern(self) -> None:
        """Ask for a pattern, and whether to mask for good what it matches."""
        question = "What looks like this is masked in every command, output and file: a pattern, such as BADGE-\\d{6}."
        asked = AskText("Mask what a pattern matches", question, problem=_no_pattern)
        self.app.push_screen(asked, lambda text: self._confirm(Edit(redact_patterns=(text,))) if text else None)

    def _confirm(self, edit: Edit) -> None:
        question = "Mask it, in the original too? Nothing gives it back."
        self.confirm("Mask", question, lambda: self._edit(edit))

    def action_purge(self) -> None:
        """Ask, then keep this state alone."""
        core = self.core
        question = "Delete for good what was before the edits, the original too? Nothing gives it back."
        self.confirm("Purge", question, lambda: self._change(core.purge_original))

    @on(GlanceTaken)
    def say_edited(self, event: GlanceTaken) -> None:
        """What it came to, where that does not show by itself."""
        if event.said:
            self.say(event.said)

    def _edit(self, edit: Edit) -> None:
        core = self.core
        self._change(lambda run_id: core.edit(run_id, edit))

    def _change(self, change: Callable[[str], Edited]) -> None:
        """Change the run; the steps are read again, for they have other numbers."""
        if self.trace is None:
            return
        core, run_id = self.core, self.trace.run.run_id

        def work() -> GlanceTaken:
            said = _said(change(run_id))
            return GlanceTaken(core.glance(run_id), said)

        in_thread(self, work, group="edit")


def _no_span(text: str) -> str | None:
    try:
        fits = 0 < float(text) < LONGEST_S
    except ValueError:
        fits = False
    return None if fits else "A number of seconds, such as 2 or 0.5."


def _no_pattern(text: str) -> str | None:
    try:
        Wanted(text)
    except BadInputError as error:
        return str(error) if text else None
    return None


def _said(edited: Edited) -> str:
    """A redaction shows nowhere where nothing was found, and may have left the text elsewhere."""
    told = [f"✓ masked in {edited.masked} places"] if edited.masked else []
    if edited.found_in:
        told.append(f"! it stands in {', '.join(edited.found_in)} as well, which is left alone")
    if edited.contents_kept:
        told.append(f"! {len(edited.contents_kept)} stored contents hold it and stay: another run needs them")
    return "; ".join(told)
