"""What of a shell's state a step has changed."""

from capture.recording.shell_state import ShellState, environment_change
from capture.secrets.noting import Noted
from capture.secrets.redaction import Redactor


def test_the_shells_own_housekeeping_is_no_effect() -> None:
    before = {"PWD": "/a", "_": "x", "GONE": "1", "SAME": "s"}
    after = {"PWD": "/b", "OLDPWD": "/a", "_": "y", "SAME": "s", "NEW": "n"}
    change = environment_change(ShellState(environment=before), ShellState(environment=after), Noted(Redactor()))
    assert (change.set, change.unset) == ({"NEW": "n"}, ("GONE",))
