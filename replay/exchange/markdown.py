"""A playbook as Markdown: fenced commands that a person reads, and that runme runs."""

import re
from collections.abc import Iterator

from replay import calls
from replay.edits import is_patch
from replay.exchange.patching import as_one_command
from replay.exchange.referring import referring, text_of
from replay.exchange.scripting import BUILTINS, FAIL, keeps_state, patched, secrets, title, variables
from replay.playbook import Playbook, PlaybookStep, SafetyLevel, Source


def document(playbook: Playbook) -> str:
    """A Markdown document; steps that share a shell share a block.

    Args:
        playbook: Any; in another shell than bash only one without parameters.

    Returns:
        CommonMark; each block carries the attributes that runme reads.

    Raises:
        BadInputError: A parameter stands where no variable can be read.
    """
    lines = [f"# {_prose(playbook.name)}", ""]
    lines += [_prose(playbook.goal), ""] if playbook.goal else []
    lines += [f"Version {playbook.version}, exported by replaybook.", ""]
    lines += _parameters(playbook)
    for index, step in enumerate(playbook.steps, 1):
        lines += [f"## {index}. {_prose(title(step))}", "", *_step(playbook, index, step)]
    return "\n".join(lines)


def _parameters(playbook: Playbook) -> Iterator[str]:
    known: dict[str, str] = dict(BUILTINS)
    kept = secrets(playbook)
    body = []
    for name, parameter in playbook.parameters.items():
        if f"param_{name}" not in kept:
            body.append(f"export param_{name}={text_of(parameter.default or '', known)}")
        known[name] = f"param_{name}"
    # An empty value makes runme ask for it.
    body += [f"export {variable}=''" for variable in kept]
    if body:
        yield from ("## Values", "", *_fenced(playbook.shell, "name=values", "\n".join(body)), "")


def _step(playbook: Playbook, index: int, step: PlaybookStep) -> Iterator[str]:
    known = variables(playbook)
    if step.note:
        yield from (_prose(step.note), "")
    if step.safety is not SafetyLevel.AUTO_OK:
        yield from (f"**{step.safety.replace('_', ' ')}**", "")
    attributes = f"name=step-{index}"
    if step.skip or step.safety is not SafetyLevel.AUTO_OK:
        attributes += " excludeFromRunAll=true"
    if step.answers:
        attributes += " interactive=true"
    place = [f"cd {text_of(step.cwd, known)}"] if step.cwd is not None else []
    env = [f"export {name}={text_of(value, known)}" for name, value in step.env.items()]
    if is_patch(step.run):
        yield from _patch(playbook, index, "\n".join(place), attributes)
    elif call := calls.read(step.run):
        yield from (
            f"Call the tool {_prose(call.name)} with this input (`replaybook replay` does):",
            "",
        )
        given = step.run.partition(" ")[2]
        yield from (*_fenced("json", "", given), "")
    else:
        run = referring(step.run, known) if playbook.shell != "fish" else step.run
        yield from (*_fenced(playbook.shell, attributes, "\n".join([*place, *env, run])), "")
    yield from _expected(step)
    if keeps_state(step, playbook.shell):
        yield from ("The steps below need the shell that this one ran in.", "")


def _patch(playbook: Playbook, index: int, place: str, attributes: str) -> Iterator[str]:
    """A file step: one command where that says all, else the lines of a script that checks each file."""
    step, known = playbook.steps[index - 1], variables(playbook)
    if playbook.shell == "fish":
        yield from ("Apply this patch in the workspace, as with `patch -p0`:", "")
        yield from (*_fenced("diff", "", step.run.removesuffix("\n")), "")
        return
    workspace = next((name for name, one in playbook.parameters.items() if one.source is Source.WORKSPACE), None)
    command = as_one_command(step.run, f'"${{param_{workspace}}}"' if workspace else None)
    if command is None:
        yield from ("Read back by `replaybook import markdown`, this is shell text and no longer a patch.", "")
        root = f'workspace="${{param_{workspace}}}"' if workspace else "workspace=$PWD"
        script = [f"step={index}", root, "patched=$(mktemp -d)", FAIL, *patched(step, index, known)]
        command = "\n".join(["(", *script, 'rm -r "$patched"', ")"])
    yield from (*_fenced(playbook.shell, attributes, "\n".join([*([place] if place else []), command])), "")


def _expected(step: PlaybookStep) -> Iterator[str]:
    expect = step.expect
    for answer in step.answers:
        said = "a secret" if answer.secret else f"`{_prose(answer.send or '')}`"
        yield from (f"It asks {_prose(answer.prompt.strip())} and is answered {said}.", "")
    effects = ", ".join(f"{effect.op} {_code(effect.path)}" for effect in expect.effects or () if not effect.optional)
    yield from (f"Expected: exit {expect.exit}{f'; {effects}' if effects else ''}.", "")
    if expect.output:
        yield from (*_fenced("text", "", expect.output.removesuffix("\n")), "")


def _fenced(language: str, attributes: str, body: str) -> list[str]:
    longest = max((len(run) for run in re.findall(r"`{3,}", body)), default=2)
    fence = "`" * (longest + 1)
    return [f"{fence}{language}{f' {{ {attributes} }}' if attributes else ''}", body, fence]


def _prose(text: str) -> str:
    """Text on one line that Markdown takes for nothing else."""
    return re.sub(r"([\\`*_<>\[\]#|])", r"\\\1", " ".join(text.split()))


def _code(text: str) -> str:
    return f"`` {text} ``" if "`" in text else f"`{text}`"
