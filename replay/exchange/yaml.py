"""Writes plain values as YAML for other tools' formats."""

from io import StringIO

from ruamel.yaml import YAML
from ruamel.yaml.comments import TaggedScalar
from ruamel.yaml.scalarstring import LiteralScalarString

_WIDTH = 1 << 20


def written(value: object) -> str:
    """A value of mappings, lists and scalars as a YAML document.

    Args:
        value: Texts with more than one line are written as blocks.

    Returns:
        YAML, in the order of the value.
    """
    yaml = YAML()
    yaml.width = _WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = StringIO()
    yaml.dump(_shaped(value), stream)
    return stream.getvalue()


def unsafe(text: str) -> TaggedScalar | str:
    """Text that Ansible must not look for expressions in; an empty one is as it is, or Ansible takes it for none."""
    if not text:
        return ""
    return TaggedScalar(value=text, style="|" if "\n" in text else '"', tag="!unsafe")


def _shaped(value: object) -> object:
    if isinstance(value, dict):
        return {key: _shaped(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_shaped(one) for one in value]
    return LiteralScalarString(value) if isinstance(value, str) and "\n" in value else value
