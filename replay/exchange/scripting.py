"""Writes steps as bash that checks what each did: the common part of every exported format."""

import re
from collections.abc import Iterator, Mapping
from shlex import quote

import msgspec

from capture.errors import BadInputError
from capture.trace import EffectOp
from replay.calls import is_call, name_of
from replay.edits import is_patch, read_patch
from replay.exchange import patching, requiring
from replay.exchange.referring import referring, text_of
from replay.matching import masks
from replay.matching.printing import in_background
from replay.playbook import Capture, ExpectedEffect, ParameterType, Playbook, PlaybookStep, SafetyLevel
from replay.syntax import Analysis, analyse

BUILTINS: Mapping[str, str] = {
    "cwd": "$PWD",
    "home": "$HOME",
    "user": "$(id -un)",
    "host": "$(hostname)",
    "kernel": "$(uname -r)",
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
FAIL = 'fail() { printf \'step %s: %s\\n\' "$step" "$*" >&2; exit 1; }'
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
    held = any(_needs_output(playbook, step) for step in playbook.steps)
    lines = ["workspace=$PWD", "step=0", FAIL, _EXITED, *([_CONFIRM] if confirmed else []), *([_PRINTED] * held)]
    lines += requiring.helpers(playbook)
    if patching.needs_patch(playbook):
        lines.append("command -v patch >/dev/null || fail 'patch is not installed'")
    temporary = {"output": "mktemp"} if held else {}
    temporary |= {"patched": "mktemp -d"} if patching.has_patches(playbook) else {}
    lines += [f"{name}=$({command})" for name, command in temporary.items()]
    return [*lines, f"""trap 'rm -rf {" ".join(f'"${name}"' for name in temporary)}' EXIT"""] if temporary else lines


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
        yield Block(first=group[0], title=title(first), script="\n".join(lines) + "\n")


def title(step: PlaybookStep) -> str:
    """A command's first line, what a patch changes, or the tool that is called, cut to a heading."""
    if is_patch(step.run):
        line = f"change {', '.join(edit.path for edit in read_patch(step.run))}"
    elif tool := name_of(step.run):
        line = f"call {tool}"
    else:
        line = step.run.strip().split("\n")[0].strip()
    return line if len(line) <= 60 else f"{line[:59]}…"  # noqa: PLR2004 - the width of a heading


def keeps_state(step: PlaybookStep, shell: str = "bash") -> bool:
    """Whether later steps may need the shell that it ran in."""
    if is_patch(step.run) or is_call(step.run):
        return bool(step.capture)
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
        return ["", f"# step {index} is skipped: {step.note.splitlines()[0] if step.note else title(step)}"]
    lines = ["", *(f"# {line}" for line in (step.note or "").splitlines()), f"step={index}"]
    if step.cwd is not None:
        lines.append(f"cd {text_of(step.cwd, known)} || fail 'its directory is not there'")
    lines += [line for need in step.requires for line in requiring.required(need, known)]
    if tool := name_of(step.run):
        # Its input is no shell text: no line of a script may hold it.
        return [*lines, f"fail {quote(f'it calls the tool {tool}, which replaybook replay does and no script can')}"]
    if step.safety is not SafetyLevel.AUTO_OK:
        asked = f"{step.safety.replace('_', ' ')}: {title(step)}"
        lines.append(f"confirm {quote(asked)}")
    lines += patched(step, index, known) if is_patch(step.run) else _run(playbook, index, known)
    certain = [effect for effect in step.expect.effects or () if not effect.optional]
    return [*lines, *(line for effect in certain for line in _effect(effect, known))]


def patched(step: PlaybookStep, index: int, known: Mapping[str, str]) -> list[str]:
    """A file step's changes.

    Args:
        step: Whose `run` is a patch.
        index: Its number, counted from 1.
        known: The variable that holds each name's value.

    Returns:
        Lines of bash that want `$workspace`, `$patched`, an empty folder, and `fail`.
    """
    paths = {path for edit in read_patch(step.run) for path in (edit.old, edit.new) if path is not None}
    return list(patching.carried_out(step.run, index, {path: _place(path, known) for path in paths}, known))


def _run(playbook: Playbook, index: int, known: Mapping[str, str]) -> list[str]:
    """A command, and what is held against its exit code and its output."""
    step = playbook.steps[index - 1]
    try:
        run = referring(step.run, known)
    except BadInputError as error:
        raise BadInputError(f"step {index} can't be exported: {error}") from None
    held = _needs_output(playbook, step)
    body = ["{", run, "}"] if analyse(run).ok else ["eval " + quote(run)]
    body[-1] += _stdin(step, index, known) + (' >"$output" 2>&1' if held else "")
    lines = [line for name, value in step.env.items() for line in _set(name, text_of(value, known))]
    lines += [*body, "code=$?", *(['cat "$output"'] if held else [])]
    lines += [f'if [ -n "${{was_{name}+x}}" ]; then {name}=$was_{name}; else unset {name}; fi' for name in step.env]
    lines.append(f"exited {step.expect.exit}")
    lines += [_capture(step, one) for one in step.capture]
    if _comparable(playbook, step):
        lines.append(f"printed {_expected(step.expect.output or '', known)}")
    elif step.expect.output is not None:
        lines.append("# not checked here: what it prints")
    return lines


def _needs_output(playbook: Playbook, step: PlaybookStep) -> bool:
    return not step.skip and (bool(step.capture) or _comparable(playbook, step))


def _comparable(playbook: Playbook, step: PlaybookStep) -> bool:
    """Whether its output, not printed to a terminal, must be the recorded one to the letter."""
    if step.expect.output is None or is_patch(step.run) or is_call(step.run):
        return False
    known = variables(playbook)
    analysis: Analysis = analyse(masks.plain(step.run), playbook.shell)
    shaped = any((use.name or "").rpartition("/")[2] in SHAPED_BY_TERMINAL for use in analysis.commands)
    named = all(_is_known(piece, known) for piece in masks.pieces(step.expect.output))
    return analysis.ok and named and not shaped and not step.answers and not in_background(analysis)


def _expected(output: str, known: Mapping[str, str]) -> str:
    return text_of("\n".join(line.rstrip() for line in output.split("\n")).rstrip("\n"), known)


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
    if piece.argument is not None:
        return piece.expression
    return f"(?<value>{capture.pattern})" if piece.text == capture.name else masks.VALUES.get(piece.text, ".*?")


def _is_known(piece: masks.Piece, known: Mapping[str, str]) -> bool:
    """Whether it is literal, or a value that has a variable."""
    return not piece.is_name or (piece.argument is None and piece.text in known)


def _effect(effect: ExpectedEffect, known: Mapping[str, str]) -> Iterator[str]:
    """Whether what it must leave is there, and what it must delete is not."""
    paths = (effect.path, effect.moved_from or "")
    if not all(_is_known(piece, known) for path in paths for piece in masks.pieces(path)):
        yield f"# not checked here: {effect.op} {' '.join(effect.path.split())}"
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
