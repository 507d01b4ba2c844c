"""A playbook as a GitHub Actions workflow that a person starts by hand."""

from replay.exchange.scripting import blocks, check_exportable, secrets, static_default
from replay.exchange.yaml import written
from replay.playbook import ParameterType, Playbook, SafetyLevel

_TYPES = {ParameterType.BOOL: "boolean", ParameterType.INT: "number"}


def workflow(playbook: Playbook) -> str:
    """A workflow; parameters are its inputs, secrets come from the repository's.

    Args:
        playbook: Recorded in bash.

    Returns:
        YAML.

    Raises:
        BadInputError: It can't be said in bash.
    """
    check_exportable(playbook, "github-actions")
    inputs = {name: _input(playbook, name) for name in playbook.parameters if f"param_{name}" not in secrets(playbook)}
    env = {f"param_{name}": f"${{{{ inputs.{name} }}}}" for name in inputs}
    env |= {variable: f"${{{{ secrets.{variable.upper()} }}}}" for variable in secrets(playbook)}
    if any(step.safety is not SafetyLevel.AUTO_OK for step in playbook.steps):
        what = "Run the steps that want a person's consent"
        inputs["confirmed"] = {"description": what, "type": "choice", "options": ["no", "yes"], "default": "no"}
        env["CONFIRMED"] = "${{ inputs.confirmed }}"
    job: dict[str, object] = {"runs-on": "ubuntu-latest", "env": env, "steps": [{"uses": "actions/checkout@v4"}]}
    job["steps"] = [{"uses": "actions/checkout@v4"}, *_steps(playbook)]
    jobs = {"replay": job if env else {key: value for key, value in job.items() if key != "env"}}
    dispatch = {"inputs": inputs} if inputs else {}
    return written({"name": playbook.name, "on": {"workflow_dispatch": dispatch}, "jobs": jobs})


def _steps(playbook: Playbook) -> list[object]:
    return [
        {"name": _literal(f"{block.first} {block.title}"), "shell": "bash {0}", "run": _literal(block.script)}
        for block in blocks(playbook)
    ]


def _input(playbook: Playbook, name: str) -> dict[str, object]:
    parameter, default = playbook.parameters[name], static_default(playbook, name)
    kind = _TYPES.get(parameter.type, "string")
    found: dict[str, object] = {"description": f"{name} ({parameter.type})", "type": kind}
    found["required"] = parameter.default is None
    if default is not None:
        found["default"] = default.lower() in {"true", "yes", "1"} if kind == "boolean" else default
    return found


def _literal(text: str) -> str:
    """Text that Actions takes for no expression."""
    return text.replace("${{", "${{ '${{' }}")
