"""What a shell says of itself between two commands, and what of that a step has changed."""

from collections.abc import Mapping

import msgspec

from capture.secrets.noting import Noted
from capture.shells import CommandEnded
from capture.trace import EnvEffects

KEPT_DEFINITION = 16 << 10
"""Characters of an alias or a function."""
NOISE = frozenset({"_", "SHLVL", "PWD", "OLDPWD", "COLUMNS", "LINES"})
"""Variables that the shell keeps itself: they are no effect of a step."""


class ShellState(msgspec.Struct, frozen=True, kw_only=True):
    """What a shell said of itself between two commands."""

    environment: Mapping[str, str] = {}
    """Exported variables."""
    options: dict[str, str] = {}
    """Options that are on."""
    aliases: dict[str, str] = {}
    """Name to text."""
    functions: dict[str, str] = {}
    """Name to definition."""

    @property
    def defined(self) -> tuple[str, ...]:
        """Names of functions and aliases; what completion and prompts load when they please is left out."""
        return tuple(sorted({*self.aliases, *_public(self.functions)}))

    def after(self, told: CommandEnded) -> "ShellState":
        """The state once a command has ended; what it left unsaid is as before."""
        return ShellState(
            environment=told.environment,
            options=self.options if told.options is None else told.options,
            aliases=self.aliases if told.aliases is None else told.aliases,
            functions=self.functions if told.functions is None else told.functions,
        )


def environment_change(before: ShellState, after: ShellState, redactor: Noted) -> EnvEffects:
    """What differs between two states of a shell.

    Args:
        before: When the step began.
        after: When it had ended.
        redactor: Masks new values.

    Returns:
        What was set and unset, the shell's own housekeeping left out.
    """
    changed = _changed(_own(before.environment), _own(after.environment))
    return EnvEffects(
        set=redactor.environment(changed)[0] if changed else {},
        unset=_gone(_own(before.environment), after.environment),
        options={name: name in after.options for name in sorted(before.options.keys() ^ after.options.keys())},
        aliases=_texts(before.aliases, after.aliases, redactor),
        aliases_unset=_gone(before.aliases, after.aliases),
        functions=_public(_texts(before.functions, after.functions, redactor)),
        functions_unset=tuple(_public(dict.fromkeys(_gone(before.functions, after.functions), ""))),
    )


def _changed(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in after.items() if before.get(name) != value}


def _gone(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    return () if before is after else tuple(sorted(before.keys() - after.keys()))


def _texts(before: Mapping[str, str], after: Mapping[str, str], redactor: Noted) -> dict[str, str]:
    if before is after:
        return {}
    changed = _changed(before, after).items()
    return {name: redactor.command(text)[0][:KEPT_DEFINITION] for name, text in changed}


def _public(functions: Mapping[str, str]) -> dict[str, str]:
    """Those that completion and prompts load when they please begin so: they are no effect of a step."""
    return {name: text for name, text in functions.items() if not name.startswith("_")}


def _own(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if name not in NOISE}
