"""Puts what an analysis found in the order in which the shell will come to it."""

from collections.abc import Iterator

import msgspec

from replay.syntax.values import Analysis, Assignment, CommandUse, PathUse, VariableUse


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """One command, with all that belongs to it."""

    command: CommandUse | None
    """None behind the last one: what is left over."""
    assignments: tuple[Assignment, ...]
    """Happen before it."""
    reads: tuple[PathUse, ...]
    writes: tuple[PathUse, ...]
    removes: tuple[PathUse, ...]
    directories: tuple[PathUse, ...]
    variables: tuple[VariableUse, ...]


def moments(analysis: Analysis) -> Iterator[Moment]:
    """The commands in order, each with its paths and variables.

    Args:
        analysis: Of a whole command text.

    Yields:
        One for each command, and one for what stands behind the last.
    """
    for order, command in enumerate((*analysis.commands, None)):
        yield Moment(
            command=command,
            assignments=tuple(use for use in analysis.assignments if use.order == order),
            reads=tuple(use for use in analysis.reads if use.order == order),
            writes=tuple(use for use in analysis.writes if use.order == order),
            removes=tuple(use for use in analysis.removes if use.order == order),
            directories=tuple(use for use in analysis.directories if use.order == order),
            variables=tuple(use for use in analysis.variables_read if use.order == order),
        )
