"""What the steps of a recording wrote, indexed once, so that the files that hold a value are looked up."""

import re
from collections import defaultdict
from collections.abc import Iterator

from replay.compiler.draft import Draft
from replay.matching import masks

_WORD = re.compile(r"[0-9A-Za-z_]+")


class Written:
    """The contents that were kept.

    Args:
        draft: Whose steps wrote them.
    """

    def __init__(self, draft: Draft) -> None:
        self._places: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
        for at, step in enumerate(draft.steps):
            for effect in step.recorded.file_effects:
                if effect.after:
                    self._places[effect.after].append((at, effect.path))
        contents = {digest: draft.blobs(digest) for digest in self._places}
        self._texts = {digest: data.decode(errors="replace") for digest, data in contents.items() if data is not None}
        self._words: defaultdict[str, list[str]] = defaultdict(list)
        for digest, text in self._texts.items():
            for word in {*_WORD.findall(text)}:
                self._words[word].append(digest)

    def holding(self, value: str) -> Iterator[tuple[int, str]]:
        """The steps (index into the draft's) and the paths whose content holds a value as a token of its own."""
        # At the borders of a token its words are whole words of the text.
        words = _WORD.findall(value)
        may = min((self._words.get(word, []) for word in words), key=len) if words else [*self._texts]
        for digest in may:
            if any(True for _ in masks.places_of(value, self._texts[digest])):
                yield from self._places[digest]
