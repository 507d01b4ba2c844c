"""A line to type into that takes one line of bounded length: a paste of megabytes would hold everything up."""

from typing import Final

from textual import events
from textual.binding import Binding
from textual.widgets import Input

MOST = 4_000
"""Characters that it holds."""
OWN: Final = {
    key.strip(): binding.action
    for binding in Input.BINDINGS
    if isinstance(binding, Binding)
    for key in binding.key.split(",")
}
"""What keys do to the line itself."""


class OneLine(Input):
    """Textual's own, but of a paste it takes the first line as far as there is room, and tells of the rest."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where nothing is selected there is nothing to cut, and the key is for whoever else has it."""
        if action == "cut" and self.selection.is_empty:
            return False
        return super().check_action(action, parameters)

    async def on_key(self, event: events.Key) -> None:
        """Do at once what a key does to the line: one that goes up to the app is overtaken by the letters behind it."""
        action = OWN.get(event.key)
        if action is not None and self.check_action(action.partition("(")[0], ()):
            event.stop()
            event.prevent_default()
            await self.run_action(action)

    def on_paste(self, event: events.Paste) -> None:
        """Take what there is room for."""
        event.stop()
        # Textual's own way with it would come next.
        event.prevent_default()
        given = event.text.strip("\r\n")
        line = given[: MOST + 1].splitlines()[0] if given else ""
        start, end = sorted(self.selection)
        taken = line[: max(MOST - len(self.value) + end - start, 0)]
        self.replace(taken, start, end)
        if left := len(given) - len(taken):
            self.notify(
                f"only the beginning was pasted: one line of at most {MOST:,} characters; {left:,} are left out",
                severity="warning",
                markup=False,
            )
