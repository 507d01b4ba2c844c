"""In which directories the desk works: only below those that were allowed, links followed."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from capture.errors import BadInputError, RefusedError
from replay.playbook import Parameter, ParameterType

_LEAVES = re.compile(r"(^|[/=:,\s])(\.\.(/|$)|/|~)")
"""Where a value may name something outside of the workspace: `..`, an absolute path, a home."""
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class Places:
    """The directories that were allowed, and whether something is below one of them."""

    def __init__(self, roots: Sequence[str]) -> None:
        """Roots are read once.

        Args:
            roots: Directories; the first one is where work is done when nothing is said.

        Raises:
            BadInputError: One is no directory.
        """
        for root in roots:
            if not Path(root).is_dir():
                raise BadInputError(f"{root} is no directory; give another with --allow")
        self.roots = tuple(dict.fromkeys(map(os.path.realpath, roots)))

    def workspace(self, given: str | None) -> str:
        """A workspace that was named, links resolved.

        Raises:
            BadInputError: It is no directory.
            RefusedError: It is not allowed.
        """
        if given is None:
            return self.roots[0]
        if "\0" in given or not os.path.isabs(given):  # noqa: PTH117 - a text that may be no path at all
            raise BadInputError("cwd is no absolute path; give one as /home/you/project")
        if not self.holds(given):
            allowed = ", ".join(self.roots)
            raise RefusedError(f"cwd is outside of what is allowed here ({allowed}); a person may --allow more")
        found = os.path.realpath(given)
        if not Path(found).is_dir():
            raise BadInputError("cwd is no directory; make it, or give another")
        return found

    def holds(self, path: str) -> bool:
        """Whether a path is in an allowed directory, wherever its links lead."""
        real = os.path.realpath(path)
        return any(real == root or real.startswith(f"{root.rstrip('/')}/") for root in self.roots)

    def check_values(self, parameters: Mapping[str, Parameter], values: Mapping[str, str], workspace: str) -> None:
        """Refuse values that lead out of the allowed directories, and secrets.

        Raises:
            BadInputError: A value can't be one.
            RefusedError: It leads elsewhere, or is a secret.
        """
        for name, value in values.items():
            known = parameters.get(name)
            if known is not None and known.type is ParameterType.SECRET:
                raise RefusedError(f"{name} is a secret; a person sets it where this server runs, never in a call")
            if _UNPRINTABLE.search(value):
                raise BadInputError(f"the value of {name} holds control characters; give plain text")
            a_path = known is not None and known.type is ParameterType.PATH
            if (a_path or _LEAVES.search(value)) and not self._leads_inside(value, workspace):
                raise RefusedError(f"the value of {name} leads out of what is allowed here; keep it inside")

    def _leads_inside(self, value: str, workspace: str) -> bool:
        """Whether each path in a value leads into an allowed directory."""
        found = [part for part in re.split(r"[=:,\s]+", value) if part]
        return all(not part.startswith("~") and self.holds(str(Path(workspace, part))) for part in found)
