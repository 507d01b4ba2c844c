"""Playbooks in the formats of other tools, and theirs as playbooks; nothing here runs anything."""

from collections.abc import Callable, Mapping

from capture.errors import BadInputError
from replay.exchange.ansible import ansible
from replay.exchange.bash import script
from replay.exchange.importing import from_markdown
from replay.exchange.justfile import justfile
from replay.exchange.markdown import document
from replay.exchange.workflow import workflow
from replay.playbook import Playbook

EXPORTERS: Mapping[str, Callable[[Playbook], str]] = {
    "bash": script,
    "markdown": document,
    "github-actions": workflow,
    "ansible": ansible,
    "justfile": justfile,
}
"""Each format and what writes a playbook in it."""

__all__ = ["EXPORTERS", "export", "from_markdown"]


def export(playbook: Playbook, form: str) -> str:
    """A playbook in another tool's format; secrets are asked for as variables, never written.

    Args:
        playbook: Any.
        form: One of `EXPORTERS`.

    Returns:
        The text of a file.

    Raises:
        BadInputError: It can't be said in that format, or there is no such format.
    """
    if form not in EXPORTERS:
        raise BadInputError(f"a playbook can't be exported as {form}; {', '.join(EXPORTERS)} or yaml can be made of it")
    return EXPORTERS[form](playbook)
