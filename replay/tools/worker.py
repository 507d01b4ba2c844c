"""The process of one Python callable: a line of JSON in, a line of JSON out, what it prints goes elsewhere."""

import asyncio
import inspect
import os
import sys
from collections.abc import Callable, Mapping
from functools import reduce
from importlib import import_module

import msgspec

from replay.tools.callables import Reply


def main() -> None:
    """Find the callable that the command line names, and answer each line until there are no more."""
    target, *path = sys.argv[1:]
    # What it prints is no answer of its.
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    sys.path[:0] = path
    for line in sys.stdin.buffer:
        answers.write(encoded(replied(target, msgspec.json.decode(line))) + b"\n")


def replied(target: str, given: object) -> Reply:
    """Call it.

    Args:
        target: As `module:callable`, or dots in the latter.
        given: Its input: an object's fields are keywords, nothing is no argument, another value is the only one.
    """
    try:
        called = found(target)
    except Exception as error:  # noqa: BLE001 - a module may raise whatever it likes
        return Reply(broken=f"{target} can't be had: {_told(error)}; correct python or path in tools.toml")
    try:
        result = called(**given) if isinstance(given, Mapping) else called() if given is None else called(given)
        return Reply(result=asyncio.run(_awaited(result)) if inspect.isawaitable(result) else result)
    except Exception as error:  # noqa: BLE001 - so may a callable
        return Reply(error=_told(error))


def found(target: str) -> Callable[..., object]:
    """The callable.

    Raises:
        TypeError: What is there can't be called.
    """
    module, _, name = target.partition(":")
    there = reduce(getattr, name.split("."), import_module(module))
    if not callable(there):
        message = f"{name} is no callable"
        raise TypeError(message)
    return there


def encoded(reply: Reply) -> bytes:
    """A reply as JSON; one whose result is no JSON value says that."""
    try:
        return msgspec.json.encode(reply)
    except (TypeError, ValueError, RecursionError) as error:
        return msgspec.json.encode(Reply(broken=f"what it returned is no JSON value: {error}"))


async def _awaited(result: object) -> object:
    return await result if inspect.isawaitable(result) else result


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


if __name__ == "__main__":
    main()
