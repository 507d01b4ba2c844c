"""A playbook as a bash script that checks every step and stops at the first that did something else."""

from collections.abc import Iterator
from shlex import quote

from replay.exchange.scripting import check_exportable, checked, defaults, prelude, secrets
from replay.playbook import Playbook


def script(playbook: Playbook) -> str:
    """A script; parameters are arguments `name=value` or variables `param_name`.

    Args:
        playbook: Recorded in bash.

    Returns:
        Bash, executable.

    Raises:
        BadInputError: It can't be said in bash.
    """
    check_exportable(playbook, "bash")
    lines = ["#!/usr/bin/env bash", *(f"# {line}" for line in _about(playbook)), "set -euo pipefail", ""]
    lines += [*_arguments(playbook), *_asked(playbook), *defaults(playbook), *prelude(playbook), ""]
    lines += ["# The steps run as they were recorded, without these options; each is checked by itself."]
    lines += ["set +euo pipefail"]
    lines += [line for index in range(1, len(playbook.steps) + 1) for line in checked(playbook, index)]
    return "\n".join([*lines, "", f"echo {quote(f'{playbook.name}: {len(playbook.steps)} steps done')} >&2"]) + "\n"


def _about(playbook: Playbook) -> Iterator[str]:
    yield f"{playbook.name}, version {playbook.version}, exported by replaybook"
    if playbook.goal:
        yield from playbook.goal.splitlines()
    yield f"usage: bash FILE {_usage(playbook)}".rstrip()


def _usage(playbook: Playbook) -> str:
    return " ".join(f"[{name}=VALUE]" for name in playbook.parameters if f"param_{name}" not in secrets(playbook))


def _arguments(playbook: Playbook) -> Iterator[str]:
    kept = secrets(playbook)
    yield 'for argument in "$@"; do'
    yield "  case $argument in"
    for name in playbook.parameters:
        if f"param_{name}" not in kept:
            yield f"    {name}=*) param_{name}=${{argument#*=}} ;;"
    usage = quote(f"usage: bash FILE {_usage(playbook)}".rstrip())
    yield f"    *) printf 'unknown argument %s; %s\\n' \"$argument\" {usage} >&2; exit 2 ;;"
    yield "  esac"
    yield "done"


def _asked(playbook: Playbook) -> Iterator[str]:
    """Secrets come from the environment, else from the keyboard; never from an argument, which others can see."""
    for variable, what in secrets(playbook).items():
        prompt = quote(f"{what} ".replace("\n", " "))
        yield f'if [ -z "${{{variable}-}}" ] && [ -t 0 ]; then read -rsp {prompt} {variable}; echo >&2; fi'
