"""Writes steps as bash that checks what each did: the common part of every exported format."""

import re
from collections.abc import Iterator, Mapping
from shlex import quote

import msgspec

from capture.errors import BadInputError
from capture.trace import EffectOp
from replay.exchange.referring import referring, text_of
from replay.matching import masks
from replay.matching.printing import in_background
from replay.playbook import Capture, ExpectedEffect, ParameterType, Playbook, PlaybookStep, Requirement, SafetyLevel
from replay.syntax import Analysis, analyse

BUILTINS: Mapping[str, str] = {
    "cwd": "$PWD",
    "home": "$HOME",
    "user": "$(id -un)",
    "host": "$(hostname)",
    "today": "$(date +%F)",
}
"""How a shell finds today's value of what a default may name."""
_SHAPED = (
    "apt apt-get cargo clang cmake column curl docker eza g++ gcc git go grep less ls make man more ninja "
    "node npm npx pip pip3 pnpm ps pytest rsync ruff script stty top tput tree tty uv watch wget yarn "
)
SHAPED_BY_TERMINAL = frozenset(_SHAPED.split())
"""Commands that print something else when their output is no terminal: it can't be compared with a recording."""
_STATE = (
    ". activate alias builtin cd conda declare eval exec export hash local nvm popd pushd pyenv read "
    "readonly set shopt source trap typeset ulimit umask unalias unset "
)
KEEPS_STATE = frozenset(_STATE.split())
"""Commands that change the shell that they run in."""
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FAIL = 'fail() { printf \'step %s: %s\\n\' "$step" "$*" >&2; exit 1; }'
_EXITED = """exited() { [ "$code" -eq "$1" ] || fail "exit $code, expected $1"; }"""
_PRINTED = """\
printed() {
  [ "$(sed 's/[[:space:]]*$//' "$output")" = "$1" ] || fail 'printed something else than recorded'
}"""
_CONFIRM = """\
confirm() {
  [ "${CONFIRMED-}" = yes ] && return
  if [ ! -t 0 ]; then fail "$1; set CONFIRMED=yes to let it run"; fi
  read -rp "step $step: $1; run it? (yes/no) " reply
  [ "$reply" = yes ] || fail 'not confirmed'
}"""


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """Steps that share one shell."""

    first: int
    """Number of its first step."""
    title: str
    """One line."""
    script: str
    """Bash; exits with another code than 0 when a step did something else than recorded."""


def check_exportable(playbook: Playbook, form: str) -> None:
    """Refuse what bash can't run.

    Raises:
        BadInputError: The playbook was recorded in another shell.
    """
    if playbook.shell not in {"bash", "sh"}:
        raise BadInputError(
            f"{playbook.name} was recorded in {playbook.shell} and {form} would run it in bash; "
            "export it as markdown or yaml"
        )


def variables(playbook: Playbook) -> dict[str, str]:
    """The variable of each parameter and each captured value."""
    named = {name: f"param_{name}" for name in playbook.parameters}
    return named | {one.name: f"captured_{one.name}" for step in playbook.steps for one in step.capture}


def secrets(playbook: Playbook) -> dict[str, str]:
    """Variables that hold what only a person may say, and what each is."""
    asked = {
        f"param_{name}": name
        for name, parameter in playbook.parameters.items()
        if parameter.type is ParameterType.SECRET
    }
    answers = {
        _answer(index, number): answer.prompt.strip() or f"answer {number} of step {index}"
        for index, step in enumerate(playbook.steps, 1)
        for number, answer in enumerate(step.answers, 1)
        if answer.secret
    }
    return asked | answers


def defaults(playbook: Playbook) -> Iterator[str]:
    """A line for each parameter that gives it its default where it has no value yet."""
    known: dict[str, str] = dict(BUILTINS)
    for name, parameter in playbook.parameters.items():
        variable = f"param_{name}"
        if parameter.type is ParameterType.SECRET or parameter.default is None:
            yield f': "${{{variable}:?set {name}}}"'
        else:
            yield f'[ -n "${{{variable}-}}" ] || {variable}={text_of(parameter.default, known)}'
        known[name] = variable
    for variable in secrets(playbook):
        if not variable.startswith("param_"):
            yield f': "${{{variable}:?set it}}"'


def static_default(playbook: Playbook, name: str) -> str | None:
    """A parameter's default where it needs nothing of the machine; None for any other."""
    default = playbook.parameters[name].default
    if default is None or playbook.parameters[name].type is ParameterType.SECRET:
        return None
    found = list(masks.pieces(default))
    return None if any(piece.is_name for piece in found) else "".join(piece.text for piece in found)


def prelude(playbook: Playbook) -> list[str]:
    """What stands before the first step of a shell."""
    confirmed = any(step.safety is not SafetyLevel.AUTO_OK and not step.skip for step in playbook.steps)
    temporary = ["output=$(mktemp)", "trap 'rm -f \"$output\"' EXIT"]
    held = any(_needs_output(playbook, step) for step in playbook.steps)
    held_by = [_PRINTED, *temporary] if held else []
    return ["workspace=$PWD", "step=0", _FAIL, _EXITED, *([_CONFIRM] if confirmed else []), *held_by]


def blocks(playbook: Playbook) -> Iterator[Block]:
    """The steps, cut wherever the next one needs nothing of the shell of those before it."""
    groups: list[list[int]] = []
    shared = False
    for index, step in enumerate(playbook.steps, 1):
        if shared:
            groups[-1].append(index)
        else:
            groups.append([index])
        shared = shared or (not step.skip and keeps_state(step, playbook.shell))
    place: str | None = None
    for group in groups:
        first = playbook.steps[group[0] - 1]
        lines = [*prelude(playbook), *defaults(playbook)]
        if first.cwd is None and place is not None:
            lines.append(f"cd {text_of(place, variables(playbook))} || exit")
        for index in group:
            place = playbook.steps[index - 1].cwd or place
            lines += checked(playbook, index)
        yield Block(first=group[0], title=title(first.run), script="\n".join(lines) + "\n")


def title(run: str) -> str:
    """A command's first line, cut to a heading."""
    line = run.strip().split("\n")[0].strip()
    return line if len(line) <= 60 else f"{line[:59]}…"  # noqa: PLR2004 - the width of a heading


def keeps_state(step: PlaybookStep, shell: str = "bash") -> bool:
    """Whether later steps may need the shell that it ran in."""
    analysis = analyse(masks.plain(step.run), shell)
    told = (analysis.variables_set, analysis.assignments, analysis.functions, analysis.aliases, analysis.directories)
    named = any((use.name or "") in KEEPS_STATE for use in analysis.commands)
    return bool(step.capture) or not analysis.ok or named or any(told) or in_background(analysis)


def checked(playbook: Playbook, index: int) -> list[str]:
    """One step and its checks.

    Args:
        playbook: Whose step.
        index: Its number, counted from 1.

    Returns:
        Lines of bash.

    Raises:
        BadInputError: It can't be said in bash.
    """
    step, known = playbook.steps[index - 1], variables(playbook)
    if step.skip:
        return ["", f"# step {index} is skipped: {title(step.note or step.run)}"]
    try:
        run = referring(step.run, known)
    except BadInputError as error:
        raise BadInputError(f"step {index} can't be exported: {error}") from None
    held = _needs_output(playbook, step)
    body = ["{", run, "}"] if analyse(run).ok else ["eval " + quote(run)]
    body[-1] += _stdin(step, index, known) + (' >"$output" 2>&1' if held else "")
    lines = ["", *(f"# {line}" for line in (step.note or "").splitlines()), f"step={index}"]
    lines += [_requirement(need, known) for need in step.requires]
    if step.cwd is not None:
        lines.append(f"cd {text_of(step.cwd, known)} || fail 'its directory is not there'")
    if step.safety is not SafetyLevel.AUTO_OK:
        asked = f"{step.safety.replace('_', ' ')}: {title(step.run)}"
        lines.append(f"confirm {quote(asked)}")
    lines += [line for name, value in step.env.items() for line in _set(name, text_of(value, known))]
    lines += [*body, "code=$?", *(['cat "$output"'] if held else [])]
    lines += [f'if [ -n "${{was_{name}+x}}" ]; then {name}=$was_{name}; else unset {name}; fi' for name in step.env]
    lines.append(f"exited {step.expect.exit}")
    lines += [_capture(step, one) for one in step.capture]
    if _comparable(playbook, step):
        lines.append(f"printed {_expected(step.expect.output or '', known)}")
    return [
        *lines,
        *(line for effect in step.expect.effects or () if not effect.optional for line in _effect(effect, known)),
    ]


def _needs_output(playbook: Playbook, step: PlaybookStep) -> bool:
    return not step.skip and (bool(step.capture) or _comparable(playbook, step))


def _comparable(playbook: Playbook, step: PlaybookStep) -> bool:
    """Whether its output, not printed to a terminal, must be the recorded one to the letter."""
    if step.expect.output is None:
        return False
    known = variables(playbook)
    analysis: Analysis = analyse(masks.plain(step.run), playbook.shell)
    shaped = any((use.name or "").rpartition("/")[2] in SHAPED_BY_TERMINAL for use in analysis.commands)
    named = all(piece.text in known for piece in masks.pieces(step.expect.output) if piece.is_name)
    return analysis.ok and named and not shaped and not step.answers and not in_background(analysis)


def _expected(output: str, known: Mapping[str, str]) -> str:
    return text_of("\n".join(line.rstrip() for line in output.split("\n")).rstrip("\n"), known)


def _requirement(need: Requirement, known: Mapping[str, str]) -> str:
    subject = text_of(need.subject, known)
    match need.kind:
        case "command":
            return f"command -v {subject} >/dev/null || fail {quote(f'{need.subject} is not installed')}"
        case "file":
            return f"[ -r {subject} ] || fail {quote(f'{need.subject} is not there')}"
        case "directory":
            return f"[ -d {subject} ] || fail {quote(f'{need.subject} is no directory')}"
        case _:
            return f"printenv {subject} >/dev/null || fail {quote(f'{need.subject} is not set')}"


def _set(name: str, word: str) -> list[str]:
    """Give a variable a value for this step alone."""
    if not _IDENTIFIER.fullmatch(name):
        raise BadInputError(f"{name!r} is no name of a variable in bash")
    return [f'unset was_{name}; [ -z "${{{name}+x}}" ] || was_{name}=${name}', f"export {name}={word}"]


def _stdin(step: PlaybookStep, index: int, known: Mapping[str, str]) -> str:
    """What it is answered, as its input."""
    if not step.answers:
        return ""
    words = [
        f'"${{{_answer(index, number)}}}"' if answer.secret else text_of(answer.send or "", known)
        for number, answer in enumerate(step.answers, 1)
    ]
    return f" < <(printf '%s\\n' {' '.join(words)})"


def _answer(index: int, number: int) -> str:
    return f"answer_{index}_{number}"


def _capture(step: PlaybookStep, capture: Capture) -> str:
    """Read a value where its placeholder stands in the expected output."""
    token = f"{{{{{capture.name}}}}}"
    line = next((one for one in (step.expect.output or "").split("\n") if token in one), token)
    pattern = "".join(_pattern(piece, capture) for piece in masks.pieces(line))
    reading = "perl -0777 -ne 'print $+{value} if /$ENV{pattern}/m' \"$output\""
    whole = f"^{pattern}[ \\t\\r]*$"
    read = f"captured_{capture.name}=$(pattern={quote(whole)} {reading})"
    return f'{read}; [ -n "$captured_{capture.name}" ] || fail {quote(f"printed no {capture.name}")}'


def _pattern(piece: masks.Piece, capture: Capture) -> str:
    if not piece.is_name:
        return re.escape(piece.text)
    return f"(?<value>{capture.pattern})" if piece.text == capture.name else masks.VALUES.get(piece.text, ".*?")


def _effect(effect: ExpectedEffect, known: Mapping[str, str]) -> Iterator[str]:
    """Whether what it must leave is there, and what it must delete is not."""
    paths = (effect.path, effect.moved_from or "")
    if any(piece.text not in known for path in paths for piece in masks.pieces(path) if piece.is_name):
        return
    gone = quote(f"{effect.path} is still there")
    if effect.op is EffectOp.DELETED:
        yield f"[ ! -e {_place(effect.path, known)} ] || fail {gone}"
        return
    kind = "-d" if effect.directory else "-e"
    yield f"[ {kind} {_place(effect.path, known)} ] || fail {quote(f'{effect.path} is not there')}"
    if effect.moved_from is not None:
        yield f"[ ! -e {_place(effect.moved_from, known)} ] || fail {quote(f'{effect.moved_from} is still there')}"


def _place(path: str, known: Mapping[str, str]) -> str:
    """A path of the document from the workspace on."""
    word: str = text_of(path, known)
    return word if path.startswith(("/", "{{")) else f'"$workspace"/{word}'
