"""Textual's own private state is Textual's: a widget that took one of its names would break it without a word."""

import ast
import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Iterator
from functools import cache

from textual.message_pump import MessagePump

import app

ON_PURPOSE = {"Dressed._filters", "OuterApp._clipboard"}
"""Textual has no other way to say how it is to draw, and what was copied last."""


def pumps() -> Iterator[type]:
    """Every class of ours that Textual runs."""
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if module.name.rpartition(".")[2] != "__main__":
            importlib.import_module(module.name)
    waiting = [MessagePump]
    while waiting:
        for one in waiting.pop().__subclasses__():
            waiting.append(one)
            if one.__module__.startswith("app."):
                yield one


@cache
def assigned(owner: type) -> frozenset[str]:
    """The private names that the methods of a class assign on themselves."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(owner)))
    targets = (one for one in ast.walk(tree) if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store))
    on_self = (one.attr for one in targets if isinstance(one.value, ast.Name) and one.value.id == "self")
    return frozenset(name for name in on_self if name.startswith("_"))


def theirs(owner: type) -> set[str]:
    """What Textual's classes among its bases have for themselves."""
    bases = [base for base in owner.__mro__ if base.__module__.startswith("textual.")]
    return set().union(*(assigned(base) for base in bases))


def test_no_screen_or_widget_takes_a_private_name_of_textuals() -> None:
    taken = {f"{one.__qualname__}.{name}" for one in set(pumps()) for name in assigned(one) & theirs(one)}
    assert taken <= ON_PURPOSE
