"""Writes what a step needs as bash that looks for it."""

from collections.abc import Iterator, Mapping
from shlex import quote

from replay.conditions.stated import bytes_of
from replay.exchange.referring import text_of
from replay.playbook import Playbook, Requirement

_PORT = """\
free_port() {
  host=${1%:*} port=${1##*:}
  if [ "$host" = "$1" ] || [ "$host" = 0.0.0.0 ]; then host=127.0.0.1; fi
  if (exec 3<> "/dev/tcp/$host/$port") 2>/dev/null; then fail "port $port is in use"; fi
}"""
_KIBIBYTE = 1024


def helpers(playbook: Playbook) -> Iterator[str]:
    """Functions that the lines of `required` call."""
    if any(need.kind == "port" for step in playbook.steps if not step.skip for need in step.requires):
        yield _PORT


def required(need: Requirement, known: Mapping[str, str]) -> Iterator[str]:
    """Lines that stop the script when something is missing.

    Args:
        need: Of a step.
        known: The variable that holds each name's value.

    Yields:
        Bash; a comment for what can't be looked for there.
    """
    subject = text_of(need.subject, known)
    match need.kind:
        case "command":
            yield f"command -v {subject} >/dev/null || fail {quote(f'{need.subject} is not installed')}"
        case "file":
            yield f"[ -r {subject} ] || fail {quote(f'{need.subject} is not there')}"
        case "directory":
            yield f"[ -d {subject} ] || fail {quote(f'{need.subject} is no directory')}"
        case "port":
            yield f"free_port {subject}"
        case "disk":
            yield _room(need.subject)
        case "git":
            yield from _repository(need, subject, known)
        case _:
            yield f"printenv {subject} >/dev/null || fail {quote(f'{need.subject} is not set')}"


def _room(size: str) -> str:
    blocks = -(-bytes_of(size) // _KIBIBYTE)
    if not blocks:
        return f"# not checked here: {size} of free room"
    free = """$(df -Pk . | awk 'NR == 2 { print $4 }')"""
    return f'[ "{free}" -ge {blocks} ] || fail {quote(f"less than {size} are free")}'


def _repository(need: Requirement, place: str, known: Mapping[str, str]) -> Iterator[str]:
    git = f"git -C {place}"
    yield f"{git} rev-parse --git-dir >/dev/null 2>&1 || fail {quote(f'{need.subject} lies in no git repository')}"
    if need.ref is not None:
        ref = text_of(need.ref, known)
        branch, commit = f"$({git} symbolic-ref -q --short HEAD)", f"$({git} rev-parse HEAD)"
        yield f'[ "{branch}" = {ref} ] || [[ {commit} = {ref}* ]] || fail {quote(f"{need.ref} is not checked out")}'
    if need.clean:
        changed = f"{need.subject} holds changes that are not committed"
        yield f'[ -z "$({git} status --porcelain)" ] || fail {quote(changed)}'
