"""A playbook as an Ansible playbook for the machine that it runs on."""

from collections.abc import Iterator

from replay.exchange.scripting import blocks, check_exportable, secrets, static_default
from replay.exchange.yaml import unsafe, written
from replay.playbook import Playbook, SafetyLevel


def ansible(playbook: Playbook) -> str:
    """An Ansible playbook; parameters are variables (`-e param_name=value`), secrets are asked for.

    Every command runs again, also where its files are there already: an old file is no sign that today's step worked.

    Args:
        playbook: Recorded in bash.

    Returns:
        YAML.

    Raises:
        BadInputError: It can't be said in bash.
    """
    check_exportable(playbook, "ansible")
    kept = secrets(playbook)
    named = [f"param_{name}" for name in playbook.parameters]
    plain = {f"param_{name}": unsafe(static_default(playbook, name) or "") for name in playbook.parameters}
    values: dict[str, object] = {"workspace": "{{ lookup('ansible.builtin.env', 'PWD') }}"}
    values |= {name: value for name, value in plain.items() if name not in kept}
    environment = {name: f"{{{{ {name} }}}}" for name in dict.fromkeys([*named, *kept])}
    if any(step.safety is not SafetyLevel.AUTO_OK for step in playbook.steps):
        values["confirmed"] = "no"
        environment["CONFIRMED"] = "{{ confirmed }}"
    play: dict[str, object] = {
        "name": unsafe(playbook.goal or playbook.name),
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": values,
    }
    if kept:
        play["vars_prompt"] = [{"name": name, "prompt": unsafe(what), "private": True} for name, what in kept.items()]
    if environment:
        play["environment"] = environment
    play["tasks"] = list(_tasks(playbook))
    return written([play])


def _tasks(playbook: Playbook) -> Iterator[object]:
    starts = [*(block.first for block in blocks(playbook)), len(playbook.steps) + 1]
    for block, end in zip(blocks(playbook), starts[1:], strict=True):
        steps = playbook.steps[block.first - 1 : end - 1]
        yield {
            "name": unsafe(f"{block.first} {block.title}"),
            "ansible.builtin.shell": {
                "cmd": unsafe(block.script),
                "chdir": "{{ workspace }}",
                "executable": "/bin/bash",
            },
            "changed_when": any(step.expect.effects != () for step in steps),
        }
