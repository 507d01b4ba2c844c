"""Puts what an analysis found in the order in which the shell will come to it."""

from typing import TypeVar

import msgspec

from replay.syntax.kept import kept
from replay.syntax.values import Analysis, Assignment, CommandUse, PathUse, VariableUse

Use = TypeVar("Use", Assignment, PathUse, VariableUse)


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


@kept
def moments(analysis: Analysis) -> tuple[Moment, ...]:
    """The commands in order, each with its paths and variables.

    Args:
        analysis: Of a whole command text.

    Returns:
        One for each command, and one for what stands behind the last.
    """
    return tuple(
        Moment(
            command=command,
            assignments=_at(order, analysis.assignments),
            reads=_at(order, analysis.reads),
            writes=_at(order, analysis.writes),
            removes=_at(order, analysis.removes),
            directories=_at(order, analysis.directories),
            variables=_at(order, analysis.variables_read),
        )
        for order, command in enumerate((*analysis.commands, None))
    )


def _at(order: int, uses: tuple[Use, ...]) -> tuple[Use, ...]:
    return tuple([use for use in uses if use.order == order]) if uses else uses
