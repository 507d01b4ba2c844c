"""A source of vectors beside the words: nothing needs one, and none is asked unless the user has named it."""

import math
import os
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import entry_points
from operator import mul
from pathlib import Path

from capture.errors import BadInputError
from replay.finding.values import Match

VARIABLE = "REPLAYBOOK_VECTORS"
"""The environment variable that names one: an entry point, or the directory of a model of `model2vec`."""
GROUP = "replaybook.vectors"
"""The entry points that are such sources."""
Vectors = Callable[[Sequence[str]], Sequence[Sequence[float]]]
"""Texts to vectors, one each and all of one length; texts that mean the same lie near to each other."""


def named(environment: Mapping[str, str] = os.environ) -> Vectors | None:
    """The source that the user has named; None where they have not.

    Args:
        environment: Where it would be named.

    Raises:
        BadInputError: No package brings it, or there is no such model.
    """
    name = environment.get(VARIABLE, "")
    if not name:
        return None
    if os.sep in name:
        return _of_model(Path(name).expanduser())
    for found in entry_points(group=GROUP, name=name):
        loaded: Vectors = found.load()
        return loaded
    raise BadInputError(f"{VARIABLE} names {name!r}, and no package brings it; install one that does, or unset it")


def _of_model(folder: Path) -> Vectors:
    """Static embeddings (https://github.com/MinishLab/model2vec): a table of vectors, read from the disk alone."""
    try:
        from model2vec import StaticModel  # noqa: PLC0415 - an extra, and asked for by few
    except ImportError as error:
        raise BadInputError(f"{VARIABLE} names a model; run: pip install 'replaybook[vectors]'") from error
    if not (folder / "model.safetensors").is_file():
        raise BadInputError(
            f"{VARIABLE} names {folder}, which holds no model of model2vec; save one there, or unset it"
        )
    try:
        model = StaticModel.from_pretrained(folder, force_download=False)
    except Exception as error:  # whatever its readers raise, the file is no model
        raise BadInputError(
            f"the model in {folder} can't be read ({error}); save it anew, or unset {VARIABLE}"
        ) from error

    def encoded(texts: Sequence[str]) -> Sequence[Sequence[float]]:
        vectors: list[list[float]] = model.encode(list(texts), use_multiprocessing=False).tolist()
        return vectors

    return encoded


def near(task: str, found: Sequence[Match], vectors: Vectors) -> dict[str, float]:
    """How near each playbook's goal is to a task, by name, 0 to 1.

    Args:
        task: In any words.
        found: What its words have found.
        vectors: The source.

    Raises:
        BadInputError: It gave no vector for each text.
    """
    texts = [one.standing.goal or one.standing.name.replace("-", " ") for one in found]
    first, *others = [[float(number) for number in one] for one in vectors([task, *texts])]
    if [len(one) for one in others] != [len(first)] * len(texts):
        raise BadInputError(f"the vectors that {VARIABLE} names are not one a text, all of one length; unset it")
    return {one.standing.name: _cosine(first, other) for one, other in zip(found, others, strict=True)}


def _cosine(one: Sequence[float], other: Sequence[float]) -> float:
    lengths = math.hypot(*one) * math.hypot(*other)
    return max(0.0, sum(map(mul, one, other)) / lengths) if lengths else 0.0
