"""Where in a command a simple command stands, as far as it decides what its failure means."""

import msgspec
from msgspec.structs import replace


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """Inherited from the outside in.

    Attributes:
        runs: Nothing decides whether it runs.
        tolerated: Its failure is caught, as left of `||`.
        exit_counts: Its exit code can become the whole command's.
        quiet: Its error messages are thrown away.
        in_pipeline: Joined to others by pipes.
        nested: In a string that another command runs as shell text.
        scope: The subshells around it.
        depth: How many nodes stand above.
    """

    runs: bool = True
    tolerated: bool = False
    exit_counts: bool = True
    quiet: bool = False
    in_pipeline: bool = False
    nested: bool = False
    scope: tuple[int, ...] = ()
    depth: int = 0

    @property
    def conditional(self) -> bool:
        """It may not run, or its failure would not show."""
        return not self.runs or self.tolerated or (self.quiet and not self.exit_counts)

    def maybe(self) -> "Context":
        """Something decides whether it runs."""
        return replace(self, runs=False)

    def caught(self) -> "Context":
        """Its failure is an answer."""
        return replace(self, tolerated=True)

    def unheard(self) -> "Context":
        """Its exit code is lost; its messages are not."""
        return replace(self, exit_counts=False)

    def within(self, number: int) -> "Context":
        """In a subshell of its own."""
        return replace(self, scope=(*self.scope, number))
