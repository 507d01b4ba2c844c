"""What an answer leaves out, kept for a while under a handle: so many, so large, and no more."""

import secrets
import threading
from collections import OrderedDict

import msgspec

from capture.errors import UnknownNameError

PAGE = 6000
"""Characters of a page."""
MOST_HANDLES = 64
MOST_CHARACTERS = 8 << 20
"""Of all that is kept together."""
LONGEST = 2 << 20
"""Characters of one that are kept."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A part of what was left out."""

    text: str
    page: int
    """Counted from 1."""
    pages: int


class Pages:
    """The newest of what answers have left out; safe in several threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, str] = OrderedDict()
        self._held = 0
        self._lock = threading.Lock()

    def keep(self, document: object) -> str:
        """Keep a document; the oldest are forgotten for it.

        Args:
            document: Anything that msgspec encodes, or a text.

        Returns:
            Its handle.
        """
        text = document if isinstance(document, str) else msgspec.json.format(msgspec.json.encode(document)).decode()
        if len(text) > LONGEST:
            text = text[:LONGEST] + f"\n… {len(text) - LONGEST:,} characters more are not kept here"
        handle = secrets.token_hex(8)
        with self._lock:
            self._kept[handle] = text
            self._held += len(text)
            while len(self._kept) > MOST_HANDLES or self._held > MOST_CHARACTERS:
                self._held -= len(self._kept.popitem(last=False)[1])
        return handle

    def page(self, handle: str, number: int) -> Page:
        """A page of what was kept.

        Raises:
            UnknownNameError: There is no such handle any more, or no such page.
        """
        with self._lock:
            text = self._kept.get(handle)
        if text is None:
            raise UnknownNameError("that handle is unknown or forgotten; ask again for what it was of")
        pages = max(1, -(-len(text) // PAGE))
        if number > pages:
            raise UnknownNameError(f"there is no page {number}; the last one is {pages}")
        return Page(text=text[(number - 1) * PAGE : number * PAGE], page=number, pages=pages)
