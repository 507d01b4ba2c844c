"""Collects what the checks before a step find: each thing once, with the worst that was found about it."""

from replay.outcome import Check, CheckState, FailureClass

RANK = (CheckState.PASS, CheckState.WARN, CheckState.UNKNOWN, CheckState.FAIL)


class Findings:
    """Grows while a step is looked at.

    Attributes:
        certain: What is looked at now would certainly show in the step's result; otherwise nothing fails but what is
            unsafe.
    """

    def __init__(self) -> None:
        self.certain = True
        self._found: dict[tuple[str, str], Check] = {}

    @property
    def checks(self) -> tuple[Check, ...]:
        """In the order in which things were first looked at."""
        return tuple(self._found.values())

    def passes(self, kind: str, subject: str, message: str) -> None:
        """It is as it must be."""
        self._note(Check(kind=kind, state=CheckState.PASS, subject=subject, message=message))

    def warns(self, kind: str, subject: str, message: str, failure: FailureClass | None = None) -> None:
        """A person should know; nothing stops for it, but strict where it says as what failure."""
        self._note(Check(kind=kind, state=CheckState.WARN, subject=subject, message=message, failure_class=failure))

    def fails(self, kind: str, subject: str, failure: FailureClass, message: str) -> None:
        """The step would certainly fail, or must not run."""
        definite = self.certain or failure is FailureClass.UNSAFE
        if definite:
            self._note(Check(kind=kind, state=CheckState.FAIL, subject=subject, message=message, failure_class=failure))
        else:
            self.unsure(kind, subject, f"{message}; whether that matters here can't be told")

    def unsure(self, kind: str, subject: str, message: str) -> None:
        """It can't be told before the step runs."""
        hint = f"set {subject} before the replay" if kind == "safe" else "a replay in a shadow tells"
        self._note(Check(kind=kind, state=CheckState.UNKNOWN, subject=subject, message=message, hint=hint))

    def _note(self, check: Check) -> None:
        known = self._found.get((check.kind, check.subject))
        if known is None or RANK.index(check.state) > RANK.index(known.state):
            self._found[check.kind, check.subject] = check
