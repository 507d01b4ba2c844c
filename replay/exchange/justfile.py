"""A playbook as a justfile: a recipe for each stretch of steps, and one for all."""

from replay.exchange.scripting import blocks, check_exportable, secrets, static_default
from replay.playbook import Playbook


def justfile(playbook: Playbook) -> str:
    """A justfile; parameters are arguments of its recipes, secrets come from the environment.

    Args:
        playbook: Recorded in bash.

    Returns:
        Text for `just`.

    Raises:
        BadInputError: It can't be said in bash.
    """
    check_exportable(playbook, "justfile")
    names = [f"param_{name}" for name in playbook.parameters if f"param_{name}" not in secrets(playbook)]
    taken = "".join(f" ${name}={_text(static_default(playbook, name.removeprefix('param_')) or '')}" for name in names)
    made = list(blocks(playbook))
    needs = "".join(f" ({' '.join([f'step-{block.first}', *names])})" for block in made)
    lines = [f"# {line}" for line in (playbook.goal or playbook.name).splitlines()]
    lines += [f"run{taken}:{needs}", ""]
    for block in made:
        lines += [f"# {block.title}", f"step-{block.first}{taken}:", "    #!/usr/bin/env bash"]
        body = block.script.replace("{{", "{{{{")
        lines += [f"    {line}" if line else "" for line in _body(body)]
        lines.append("")
    return "\n".join(lines)


def _body(script: str) -> list[str]:
    """The script as it is, or, where a line begins with a tab that `just` would refuse, as one word without any."""
    if not any(line.startswith("\t") for line in script.split("\n")):
        return script.split("\n")
    for plain, written in (("\\", "\\\\"), ("'", "\\'"), ("\t", "\\t"), ("\n", "\\n")):
        script = script.replace(plain, written)
    return [f"eval $'{script}'"]


def _text(text: str) -> str:
    """A text as `just` writes it."""
    for plain, written in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r")):
        text = text.replace(plain, written)
    return f'"{text}"'
