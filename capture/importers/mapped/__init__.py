"""Any agent's log of one JSON object a line, read by a mapping file that says where everything stands in it."""

from collections.abc import Callable
from typing import IO

from capture.importers.files import Beside
from capture.importers.mapped.mapping import Mapping, read_mapping
from capture.importers.mapped.reading import MappedRecord

__all__ = ["MappedRecord", "Mapping", "mapped_by", "read_mapping"]


def mapped_by(text: str, name: str) -> Callable[[IO[bytes], str, Beside], MappedRecord]:
    """A reader of logs.

    Args:
        text: Of the mapping file.
        name: Of the mapping file, for errors.

    Raises:
        BadInputError: It is no mapping; the message names the line.
    """
    mapping = read_mapping(text, name)
    return lambda file, called, _: MappedRecord(file, called, mapping)
