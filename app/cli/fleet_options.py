"""The options of `replay` that are for a fleet; what carries them out is imported only with them."""

from collections.abc import Callable, Mapping
from typing import Any

import click

from app.cli.host_names import complete_hosts
from capture.errors import BadInputError

Command = Callable[..., Any]
_OPTIONS = (
    click.option(
        "--hosts",
        metavar="FILE|A,B,C",
        shell_complete=complete_hosts,
        help="On these hosts over SSH: names, user@name, web[01:12], or an inventory, a host a line or Ansible's.",
    ),
    click.option("--limit", "limits", multiple=True, metavar="NAME", help="Of the hosts only a group, or a pattern."),
    click.option("--canary", type=click.IntRange(min=0), metavar="N", help="So many hosts first; all must pass."),
    click.option("--waves", metavar="N,…", help="Hosts in each wave, as 1,5,25%; the last holds for the rest."),
    click.option("--parallel", type=click.IntRange(min=1), metavar="N", help="Hosts at a time; default: 10."),
    click.option("--max-failures", metavar="N|P%", help="With more bad hosts begin no other; default: 0."),
    click.option("--host-timeout", metavar="TIME", help="How long one host may take for all steps, as 10m."),
    click.option(
        "--host-param", "host_params", multiple=True, metavar="HOST:K=V", help="A parameter of one host alone."
    ),
    click.option(
        "--ssh-config",
        type=click.Path(exists=True, dir_okay=False),
        metavar="FILE",
        help="Instead of your own configuration of ssh.",
    ),
)


def fleet_options(command: Command) -> Command:
    """The options of `replay` that are for a fleet."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def check_given(fleet: Mapping[str, Any]) -> None:
    """Refuse options of a fleet where there is none.

    Raises:
        BadInputError: One was given without `--hosts`.
    """
    given = next((name for name, value in fleet.items() if name != "hosts" and value), None)
    if given is not None:
        option = {"limits": "limit", "host_params": "host-param"}.get(given, given.replace("_", "-"))
        raise BadInputError(f"--{option} is for a fleet: say --hosts too")
