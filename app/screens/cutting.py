"""Editing a recording on the Trace screen: steps cut out, beginning and end trimmed, and all of it taken back."""

from collections.abc import Callable

from app.edit import Edit
from app.screens.finding import Finding
from app.workers.seeing import GlanceTaken
from app.workers.tasks import in_thread


class Cutting(Finding):
    """What changes the recording; the original is kept."""

    def action_cut_step(self) -> None:
        """Take the step under the cursor out."""
        if self.steps.step is not None:
            self._edit(Edit(cut=(self.steps.step,)))

    def action_trim_start(self) -> None:
        """Begin with the step under the cursor."""
        if self.steps.step is not None:
            self._edit(Edit(trim=f"{self.steps.step}.."))

    def action_trim_end(self) -> None:
        """End with the step under the cursor."""
        if self.steps.step is not None:
            self._edit(Edit(trim=f"..{self.steps.step}"))

    def action_undo_edit(self) -> None:
        """Take the last edit back."""
        core = self.core
        self._change(core.undo_edit)

    def action_undo_all_edits(self) -> None:
        """Give the original back."""
        core = self.core
        self._change(core.undo_edits)

    def _edit(self, edit: Edit) -> None:
        core = self.core
        self._change(lambda run_id: core.edit(run_id, edit))

    def _change(self, change: Callable[[str], object]) -> None:
        """Change the run; the steps are read again, for they have other numbers."""
        if self.trace is None:
            return
        core, run_id = self.core, self.trace.run.run_id

        def work() -> GlanceTaken:
            change(run_id)
            return GlanceTaken(core.glance(run_id))

        in_thread(self, work, group="edit")
