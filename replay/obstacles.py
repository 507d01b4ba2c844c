"""What stands in a step's way before it runs, and the failure that it amounts to."""

from collections.abc import Iterable, Sequence

from replay.outcome import Check, CheckState, Divergence, Failure, FailureClass
from replay.playbook import Playbook


def failed_check(index: int, checks: Sequence[Check]) -> Failure:
    """The failure that a step's worst failing check amounts to.

    Args:
        index: The step, counted from 1.
        checks: At least one of them failing.

    Returns:
        A `policy` divergence when it is unsafe, else a `precondition` one.
    """
    failing = [check for check in checks if check.stops]
    unsafe = [check for check in failing if check.failure_class is FailureClass.UNSAFE]
    check = (unsafe or failing)[0]
    return Failure(
        step_index=index,
        divergence=Divergence.POLICY if unsafe else Divergence.PRECONDITION,
        failure_class=check.failure_class or FailureClass.UNCLASSIFIED,
        message=f"step {index}: {check.message}",
        expected=f"{check.kind.replace('_', ' ')}: {check.subject}",
        actual=check.message,
        subject=check.subject,
    )


def without_value(names: Iterable[str], playbook: Playbook) -> tuple[Check, ...]:
    """The failing checks of a step that some values are missing for.

    Args:
        names: Of parameters, and of values that earlier steps print.
        playbook: Whose parameters they may be.
    """
    return tuple(_unset(name) if name in playbook.parameters else _unread(name) for name in names)


def _unset(name: str) -> Check:
    return Check(
        kind="parameter_set",
        state=CheckState.FAIL,
        subject=name,
        message=f"parameter {name} has no value; give it with --set {name}=VALUE",
        failure_class=FailureClass.MISSING_ENV,
    )


def _unread(name: str) -> Check:
    return Check(
        kind="value_read",
        state=CheckState.FAIL,
        subject=name,
        message=f"{{{{{name}}}}} has no value: the step that prints it was left out, or its output was not read",
        failure_class=FailureClass.STALE_VALUE,
    )
