"""Which hosts are meant: a comma list, a plain file, or an inventory of Ansible's in INI or YAML (pure).

The forms are those of docs.ansible.com, "How to build your inventory": groups, `:vars`, `:children`, ranges as
`web[01:12]` and `db-[a:f]`, and the variables that say how a host is connected to.
"""

import re
import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, Self

from capture.errors import BadInputError
from replay.fleet.model import Target

_RANGE = re.compile(r"\[([0-9]+|[A-Za-z]):([0-9]+|[A-Za-z])(?::([0-9]+))?\]")
_SECTION = re.compile(r"\[([^\[\]:]+)(?::(vars|children))?\]\s*(?:[#;].*)?")
_WITH_PORT = re.compile(r"((?:[^:\[\]]|\[[^\]]*\])+):([0-9]+)")
_OWN = "ansible_"
_ADDRESS = ("ansible_host", "ansible_ssh_host")
_USER = ("ansible_user", "ansible_ssh_user")
_PORT = ("ansible_port", "ansible_ssh_port")
_IDENTITY = ("ansible_ssh_private_key_file", "ansible_private_key_file")
_WAYS = frozenset({"ssh", "smart", "paramiko", "paramiko_ssh"})
"""What Ansible calls a connection that is one over SSH."""
TEMPLATE = "{{"
"""What only Ansible fills in begins with it."""
_CONNECTS = frozenset((*_ADDRESS, *_USER, *_PORT, *_IDENTITY))
ALL = "all"
Variables = Mapping[str, str]


class Inventory:
    """Hosts and groups, in the order in which they were named."""

    def __init__(self) -> None:
        self.hosts: dict[str, dict[str, str]] = {}
        """Host to its own variables."""
        self.members: dict[str, dict[str, None]] = {}
        """Group to hosts."""
        self.children: dict[str, dict[str, None]] = {}
        """Group to groups."""
        self.variables: dict[str, dict[str, str]] = {}
        """Group to variables."""
        self.foreign = False
        """Whether it is Ansible's: then it may hold variables that are no parameters."""
        self.doubled: dict[str, None] = {}
        """Hosts that are named more than once outside of groups."""
        self._said: dict[str, dict[str, dict[str, str]]] = {}
        """By host and variable, each value and where it stands."""

    def host(self, pattern: str, variables: Variables, group: str | None = None) -> None:
        """A host, or a range of them; a port may stand behind it, as `web1:2222`."""
        if found := _WITH_PORT.fullmatch(pattern):
            pattern, variables = found[1], {_PORT[0]: found[2], **variables}
        for name in expanded(pattern):
            if group is None and name in self.hosts:
                self.doubled[name] = None
            self.hosts.setdefault(name, {}).update(variables)
            for key, value in variables.items():
                said = self._said.setdefault(name, {}).setdefault(key, {})
                said.setdefault(value, f"[{group}]" if group else "outside of groups")
            if group is not None:
                self.members.setdefault(group, {})[name] = None

    def once(self, what: str) -> Self:
        """Itself, unless a host is named twice where that can only be a slip.

        Args:
            what: Its name, for the error.

        Raises:
            BadInputError: One is.
        """
        if self.doubled and not self.foreign:
            raise BadInputError(f"{what}: host {next(iter(self.doubled))} is named twice; name it once")
        return self

    def below(self, group: str, seen: tuple[str, ...] = ()) -> Iterator[str]:
        """The hosts of a group and of its children."""
        if group == ALL:
            yield from self.hosts
        yield from self.members.get(group, ())
        for child in self.children.get(group, ()):
            if child not in seen:
                yield from self.below(child, (*seen, group))

    @property
    def groups(self) -> tuple[str, ...]:
        """All groups, a parent before its children."""
        named = dict.fromkeys((ALL, *self.members, *self.variables, *self.children))
        named |= dict.fromkeys(one for found in self.children.values() for one in found)
        parents = {name: {one for one, found in self.children.items() if name in found} for name in named}

        def depth(name: str, seen: tuple[str, ...] = ()) -> int:
            if name == ALL:
                return -1
            return 1 + max((depth(one, (*seen, name)) for one in parents[name] if one not in seen), default=0)

        return tuple(sorted(named, key=depth))

    def targets(self, parameters: Collection[str], limit: Collection[str]) -> tuple[Target, ...]:
        """The hosts that are meant.

        Args:
            parameters: Variables that a foreign inventory may say to the playbook.
            limit: Groups, hosts or patterns of hosts; none: all.

        Raises:
            BadInputError: A limit that means no host, or a port that is none.
        """
        wanted = dict.fromkeys(self._limited(limit))
        groups = [(name, frozenset(self.below(name))) for name in self.groups]
        found: list[Target] = []
        for name in wanted:
            of_groups = (self.variables.get(group, {}) for group, hosts in groups if name in hosts)
            variables: dict[str, str] = {}
            for one in (*of_groups, self.hosts[name]):
                variables.update(one)
            target = _target(name, variables, parameters if self.foreign else None)
            self._check_agreed(target)
            found.append(target)
        return tuple(found)

    def _check_agreed(self, target: Target) -> None:
        """Refuse a host of which two things are said: which one holds is a guess."""
        for key, values in self._said.get(target.name, {}).items():
            if len(values) > 1 and (key in target.values or key in _CONNECTS):
                said = " and ".join(f"{key}={value} ({where})" for value, where in values.items())
                raise BadInputError(f"host {target.name} of the inventory is given {said}; say it once")

    def _limited(self, limit: Collection[str]) -> Iterator[str]:
        if not limit:
            yield from self.hosts
        for one in limit:
            found = list(self.below(one)) or [name for name in self.hosts if fnmatchcase(name, one)]
            if not found:
                groups = ", ".join(self.groups)
                raise BadInputError(f"--limit {one} means no host of the inventory; its groups are {groups}")
            yield from found


def listed(text: str) -> Inventory:
    """Hosts as `a,b,user@c`, ranges too.

    Raises:
        BadInputError: One is named twice, or a range is none.
    """
    found = Inventory()
    for name in filter(None, map(str.strip, text.split(","))):
        found.host(name, {})
    return found.once("--hosts")


def read(text: str, *, what: str) -> Inventory:
    """A plain file (a host a line, `NAME K=V …`), or Ansible's INI.

    Args:
        text: Of the file.
        what: Its name, for errors.

    Raises:
        BadInputError: A line that is neither, or a host named twice where there are no groups.
    """
    found, group, part = Inventory(), None, ""
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if not bare or bare[0] in "#;":
            continue
        if section := _SECTION.fullmatch(bare):
            found.foreign, group, part = True, section[1], section[2] or ""
            found.members.setdefault(group, {})
            continue
        try:
            _take(found, bare, group, part)
        except ValueError as error:
            raise BadInputError(f"{what}:{number}: {error}; write NAME K=V …, or a section of an inventory") from error
    return found.once(what)


def _take(found: Inventory, line: str, group: str | None, part: str) -> None:
    if part == "children" and group is not None:
        found.children.setdefault(group, {})[line.partition("#")[0].strip()] = None
        return
    if part == "vars" and group is not None:
        name, equals, value = line.partition("=")
        if not equals:
            message = f"{line!r} sets no variable"
            raise ValueError(message)
        found.variables.setdefault(group, {})[name.strip()] = _bare(value)
        return
    name, *words = shlex.split(line, comments=True)
    pairs = [word.partition("=") for word in words]
    wrong = next((word for word, (_, equals, _) in zip(words, pairs, strict=True) if not equals), None)
    if wrong is not None:
        message = f"{wrong!r} is no K=V"
        raise ValueError(message)
    variables = {key: value for key, _, value in pairs}
    found.foreign = found.foreign or any(key.startswith(_OWN) for key in variables)
    found.host(name, variables, group)


def structured(document: object, *, what: str) -> Inventory:
    """Ansible's YAML: groups with `hosts`, `vars` and `children`.

    Args:
        document: As the YAML says.
        what: Its name, for errors.

    Raises:
        BadInputError: It is something else.
    """
    found = Inventory()
    found.foreign = True
    if not isinstance(document, Mapping):
        raise BadInputError(f"{what} holds no groups; an inventory begins with `all:` or the name of a group")
    for name, body in document.items():
        _group(found, str(name), body, what)
    return found


def _group(found: Inventory, name: str, body: object, what: str) -> None:
    if body is None:
        found.members.setdefault(name, {})
        return
    if not isinstance(body, Mapping):
        raise BadInputError(f"{what}: group {name} holds no hosts, vars or children; give it some, or nothing at all")
    found.members.setdefault(name, {})
    for host, variables in _items(body.get("hosts")):
        found.host(host, _texts(variables), name)
    found.variables.setdefault(name, {}).update(_texts(body.get("vars")))
    for child, inner in _items(body.get("children")):
        found.children.setdefault(name, {})[child] = None
        _group(found, child, inner, what)


def _items(found: object) -> Iterable[tuple[str, Any]]:
    if isinstance(found, Mapping):
        return [(str(name), value) for name, value in found.items()]
    return [(str(name), None) for name in found] if isinstance(found, list) else []


def _texts(found: object) -> dict[str, str]:
    """Variables with plain values; lists and maps are no parameters."""
    items = found.items() if isinstance(found, Mapping) else ()
    plain = ((str(name), value) for name, value in items if not isinstance(value, Mapping | list) and value is not None)
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in plain}


def expanded(pattern: str) -> Iterator[str]:
    """A name with its ranges written out; both ends belong to them.

    Raises:
        BadInputError: A range whose ends are of two kinds, or the wrong way round.
    """
    found = _RANGE.search(pattern)
    if found is None:
        yield pattern
        return
    for one in _between(found[1], found[2], int(found[3] or 1), pattern):
        yield from expanded(f"{pattern[: found.start()]}{one}{pattern[found.end() :]}")


def _between(first: str, last: str, step: int, pattern: str) -> Iterator[str]:
    if first.isdigit() is not last.isdigit() or step < 1:
        raise BadInputError(f"{pattern}: a range goes from number to number or from letter to letter, as [01:12]")
    low, high = (int(first), int(last)) if first.isdigit() else (ord(first), ord(last))
    if low > high:
        raise BadInputError(f"{pattern}: the range goes backwards; write the smaller end first")
    for one in range(low, high + 1, step):
        yield str(one).zfill(len(first)) if first.isdigit() else chr(one)


def _target(name: str, variables: Variables, parameters: Collection[str] | None) -> Target:
    address, user = _first(variables, _ADDRESS), _first(variables, _USER)
    port, identity = _first(variables, _PORT), _first(variables, _IDENTITY)
    if port is not None and not port.isdigit():
        raise BadInputError(f"host {name}: port {port!r} is no number; give a number")
    destination = address or (name if user else "")
    way = variables.get("ansible_connection", "ssh")
    if way not in _WAYS:
        raise BadInputError(f"host {name} is reached by {way}, not over SSH; leave it out with --limit")
    target = Target(
        name=name,
        address=f"{user}@{destination}" if user else destination,
        port=None if port is None else int(port),
        identity=identity,
        values={
            key: value
            for key, value in variables.items()
            if not key.startswith(_OWN) and (parameters is None or key in parameters)
        },
    )
    if target.destination.startswith("-"):
        raise BadInputError(f"host {name}: an address can't begin with a dash; correct ansible_host")
    said = {"its address": target.destination, "its key": identity or "", **target.values}
    filled = next((key for key, value in said.items() if parameters is not None and TEMPLATE in value), None)
    if filled is not None:
        raise BadInputError(f"host {name}: {filled} is {said[filled]!r}, which only Ansible fills in; say the value")
    return target


def _first(variables: Variables, names: Iterable[str]) -> str | None:
    return next((variables[name] for name in names if name in variables), None)


def _bare(value: str) -> str:
    words = shlex.split(value, comments=True)
    return " ".join(words)
