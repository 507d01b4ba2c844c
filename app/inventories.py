"""The hosts that a person means: a comma list, or an inventory file in one of its forms."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from capture.errors import BadInputError
from replay.fleet.inventory import TEMPLATE, Inventory, listed, read, structured
from replay.fleet.model import Target

STRUCTURED = frozenset({".yaml", ".yml", ".json"})


def inventory(hosts: str) -> Inventory:
    """The hosts that are meant: a file where there is one of that name, else a list.

    Raises:
        BadInputError: The file can't be read, or is no inventory.
    """
    path = Path(hosts)
    if not path.is_file():
        if "/" in hosts:
            raise BadInputError(f"--hosts: there is no file {hosts}; name hosts as a,b,c, or a file")
        return listed(hosts)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"--hosts: {hosts} can't be read: {error}; name another file, or hosts as a,b,c") from error
    if path.suffix not in STRUCTURED:
        return read(text, what=hosts)
    return structured(_loaded(text, hosts), what=hosts)


def _loaded(text: str, hosts: str) -> object:
    """What a YAML text holds; a value with a tag of Ansible's, as `!vault`, is one that is not known here."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - only an inventory in YAML needs it
    from ruamel.yaml.constructor import SafeConstructor  # noqa: PLC0415 - as above
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415 - as above

    class Constructor(SafeConstructor):
        """One that takes what it does not know."""

    Constructor.add_constructor(None, lambda _, node: f"{TEMPLATE} {node.tag} }}}}")
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = Constructor
    try:
        return yaml.load(text)
    except YAMLError as error:
        raise BadInputError(f"--hosts: {hosts} is no YAML: {' '.join(str(error).split())}; correct it") from error


def with_params(targets: Sequence[Target], given: Sequence[str]) -> tuple[Target, ...]:
    """Hosts with parameters as `HOST:K=V`.

    Raises:
        BadInputError: Another form, or no such host.
    """
    found = {target.name: target for target in targets}
    for one in given:
        host, colon, pair = one.partition(":")
        name, equals, value = pair.partition("=")
        if not (colon and equals and name) or host not in found:
            raise BadInputError(f"--host-param wants HOST:NAME=VALUE with a host of --hosts, not {one!r}")
        target = found[host]
        found[host] = msgspec.structs.replace(target, values={**target.values, name: value})
    return tuple(found.values())
