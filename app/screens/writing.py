"""From the Playbook screen to the editor and back: in place, or in the person's own."""

from textual import on

from app.proofreading import WHERE
from app.screens.deciding import DecidingScreen
from app.screens.editing import written_in_editor
from app.stored import Stored
from app.workers.facts import Redecided
from app.workers.tasks import in_thread
from app.workers.telling import TextNotSaved
from capture.errors import BadInputError, ReplaybookError


class WritingScreen(DecidingScreen):
    """Goes on with the version that a person wrote."""

    def action_edit_text(self) -> None:
        """Edit the document here, at the step under the cursor."""
        step = self.steps.step
        self.book.open_editor(self._ref, saved=self._show_saved, step=step if step and step > 0 else None)

    def _show_saved(self, stored: Stored) -> None:
        self.post_message(Redecided(stored, "as you wrote it"))

    def action_edit_outside(self) -> None:
        """Edit it in the person's own editor; what does not hold is gone on with here."""
        core, ref = self.core, self._ref
        try:
            base, text = core.text(ref)
        except ReplaybookError as error:
            self.say(str(error), severity="error")
            return
        written = written_in_editor(self, base, text)
        if written is None:
            return
        if written == text:
            self.say(f"{base} is as it was: nothing is saved")
            return

        def save() -> Redecided | TextNotSaved:
            try:
                return Redecided(core.write(base, written, where=WHERE), "as you wrote it")
            except BadInputError:
                return TextNotSaved(base, written)

        in_thread(self, save, group="save")

    @on(TextNotSaved)
    def write_on(self, event: TextNotSaved) -> None:
        """Nothing of it is lost: it is gone on with here, the mistake at its line."""
        self.book.open_editor(event.ref, saved=self._show_saved, written=event.text)
