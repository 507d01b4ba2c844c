"""The mapping file: which lines of a log are calls, answers, words and counts, and where in them everything stands.

    agent = "My agent"              # its name; may be left out

    [[step]]                        # a call; the first rule that fits a line takes it
    when = { type = "tool_call" }   # what must stand where: a value, a list of values, or "*" for anything
    each = "calls"                  # may be left out: one step for each of these, its paths begin there
    kind = "tool"                   # "shell", "file" or "tool"
    name = "tool.name"              # shell: command = "…"; file: patch = "…", or path = "…" and content = "…"
    input = "tool.arguments"        # shell: fresh = true where each command had a shell of its own
    id = "call_id"                  # where a [[result]] tells its end

    [[result]]
    when = { type = "tool_result" }
    id = "call_id"
    output = "result.text"
    error = "result.is_error"

    [[say]]
    when = { role = ["user"] }
    speaker = "=user"
    text = "content[*].text"

    [[usage]]
    model = "model"
    prompt = "usage.input_tokens"

Paths are those of `selectors`. Of steps, results, words and counts the first rule of its sort that fits a line counts.
"""

import re
import tomllib
from collections.abc import Iterator
from collections.abc import Mapping as Table
from typing import Any

import msgspec

from capture.errors import BadInputError
from capture.importers.mapped.selectors import Selector, read_selector

ANYTHING = "*"
"""In `when`: something stands there."""
_ENDS = frozenset({"output", "error", "exit", "until", "seconds"})
_FIELDS: Table[str, frozenset[str]] = {
    "step": frozenset(
        {"name", "input", "command", "patch", "path", "content", "id", "parent", "cwd", "time", "dead_end"}
    )
    | _ENDS,
    "result": frozenset({"id", "time"}) | _ENDS,
    "say": frozenset({"speaker", "text", "time"}),
    "usage": frozenset({"model", "prompt", "cached", "completion", "version"}),
    "run": frozenset({"cwd", "goal", "title", "time"}),
}
"""What each kind of rule may say, besides `when` and `each`."""
_NEEDS: Table[str, tuple[str, ...]] = {"result": ("id",), "say": ("speaker", "text")}
_NAMES: Table[str, str] = {"tool": "name", "shell": "command", "file": "patch"}
"""What a step of each kind needs."""
_HEADER = re.compile(r"\s*\[\[?\s*([\w.-]+)\s*\]\]?\s*(?:#.*)?\Z")
_AT_LINE = re.compile(r" ?\(at line (\d+), column \d+\)")


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """What lines of one sort mean."""

    sort: str
    """`step`, `result`, `say`, `usage` or `run`."""
    line: int
    """Of the mapping file."""
    when: tuple[tuple[Selector, tuple[object, ...]], ...] = ()
    """What must stand where, any of the values."""
    each: Selector | None = None
    kind: str = "tool"
    """Of a step."""
    fresh: bool = False
    """Of a step: whether each command had a shell of its own."""
    fields: dict[str, Selector] = {}


class Mapping(msgspec.Struct, frozen=True, kw_only=True):
    """A mapping file."""

    name: str
    """Of the file."""
    agent: str
    """Of the agent, as people call it."""
    rules: tuple[Rule, ...]


class _Source:
    """The lines of the file, for its errors.

    Args:
        text: Of the file.
        name: Of the file.
    """

    def __init__(self, text: str, name: str) -> None:
        self._lines = text.splitlines()
        self._name = name

    def line_of(self, table: str, number: int, key: str = "") -> int:
        """Where a key of a table stands, or its head.

        Args:
            table: As `step`.
            number: Which of that name, from 0; -1: what stands above all tables.
            key: Of the table; empty: its head.
        """
        current, seen, head = "", -1, 1
        for at, line in enumerate(self._lines, 1):
            found = _HEADER.match(line)
            if found:
                current = found[1]
                seen += current == table
                head = at if current == table and seen == number else head
                if key and current == f"{table}.{key}" and seen == number:
                    return at
            within = (current == table and seen == number) if number >= 0 else not current
            if within and key and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]", line):
                return at
        return head

    def wrong(self, line: int, why: str) -> BadInputError:
        """An error that names a line."""
        return BadInputError(f"{self._name} line {line}: {why}")


def read_mapping(text: str, name: str) -> Mapping:
    """Read a mapping file.

    Args:
        text: Of the file.
        name: Of the file, for errors.

    Raises:
        BadInputError: It is none; the message names the line.
    """
    source = _Source(text, name)
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _AT_LINE.search(str(error))
        line = int(place[1]) if place else max(1, text.count("\n"))
        why = re.sub(r" ?\(at [^)]*\)", "", str(error))
        raise source.wrong(line, f"{why}; fix it, it is TOML") from error
    except RecursionError as error:
        raise source.wrong(1, "its values are nested too deeply") from error
    agent = told.pop("agent", "")
    if not isinstance(agent, str):
        raise source.wrong(source.line_of("", -1, "agent"), "`agent` must be a text")
    rules = tuple(_rules(told, source))
    if not any(rule.sort in ("step", "say") for rule in rules):
        raise source.wrong(1, "no [[step]] and no [[say]]: add one that says which lines are calls")
    return Mapping(name=name, agent=agent or "an agent", rules=rules)


def _rules(told: Table[str, Any], source: _Source) -> Iterator[Rule]:
    for sort, tables in told.items():
        if sort not in _FIELDS:
            line = max(source.line_of(sort, 0), source.line_of("", -1, sort))
            raise source.wrong(line, f"`{sort}` is not known; {', '.join(_FIELDS)} and agent are")
        members = [tables] if isinstance(tables, dict) else tables
        if not isinstance(members, list) or not all(isinstance(one, dict) for one in members):
            raise source.wrong(source.line_of("", -1, sort), f"`{sort}` must be a table: write [[{sort}]]")
        for number, table in enumerate(members):
            yield _rule(sort, number, table, source)


def _rule(sort: str, number: int, table: Table[str, Any], source: _Source) -> Rule:
    head = source.line_of(sort, number)
    fields: dict[str, Selector] = {}
    for key, value in table.items():
        if key in ("when", "each") or (key in ("kind", "fresh") and sort == "step"):
            continue
        line = source.line_of(sort, number, key)
        if key not in _FIELDS[sort]:
            known = ", ".join(
                sorted(_FIELDS[sort] | {"when", "each"} | ({"kind", "fresh"} if sort == "step" else set()))
            )
            raise source.wrong(line, f"[[{sort}]] has no {key!r}; it may have {known}")
        fields[key] = _selector(value, line, source)
    kind = table.get("kind", "tool")
    if kind not in _NAMES:
        raise source.wrong(source.line_of(sort, number, "kind"), f"{kind!r} is no kind; {', '.join(_NAMES)} are")
    fresh = table.get("fresh", False)
    if not isinstance(fresh, bool) or (fresh and kind != "shell"):
        raise source.wrong(source.line_of(sort, number, "fresh"), "`fresh` is true or false, and of shells")
    needed = _NEEDS.get(sort, ()) if sort != "step" else ("path", "content") if "content" in fields else (_NAMES[kind],)
    for key in needed:
        if key not in fields:
            raise source.wrong(head, f"[[{sort}]] needs `{key}`")
    each = table.get("each")
    return Rule(
        sort=sort,
        line=head,
        when=tuple(_conditions(table.get("when", {}), source.line_of(sort, number, "when"), source)),
        each=None if each is None else _selector(each, source.line_of(sort, number, "each"), source),
        kind=kind,
        fresh=fresh,
        fields=fields,
    )


def _conditions(when: object, line: int, source: _Source) -> Iterator[tuple[Selector, tuple[object, ...]]]:
    if not isinstance(when, dict):
        raise source.wrong(line, '`when` must be a table, as { type = "tool_call" }')
    for path, wanted in when.items():
        values = wanted if isinstance(wanted, list) else [wanted]
        if not values or not all(isinstance(value, (str, int, float)) for value in values):
            raise source.wrong(line, f"`when` wants texts, numbers, true or false, not {wanted!r}; write a.b as 'a.b'")
        yield _selector(path, line, source), tuple(values)


def _selector(value: object, line: int, source: _Source) -> Selector:
    if not isinstance(value, str):
        raise source.wrong(line, f"{value!r} is no path; write it as a text, as 'tool.name'")
    try:
        return read_selector(value)
    except ValueError as error:
        raise source.wrong(line, str(error)) from error
