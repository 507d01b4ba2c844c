"""Looks one level into the scripts that a step runs: what they lack is a question, since branches are not known."""

import re
from itertools import pairwise

from replay.conditions.expected import ExpectedWorld
from replay.conditions.findings import Findings
from replay.conditions.targets import interpreter_of
from replay.outcome import FailureClass
from replay.syntax import Analysis, CommandUse, analyse
from replay.syntax.running import strings_run_by
from replay.syntax.special import paths_of
from replay.syntax.tools import TOOLS, Operands
from replay.syntax.vocabulary import SHELLS, SYSTEM_VARIABLES
from replay.syntax.wrappers import base_name

DEMANDED = re.compile(r"""\bos\.environ\[\s*["'](\w+)["']\s*\](?!\s*=[^=])""")
"""Python: a KeyError when it is not set."""
PYTHONS = re.compile(r"python[\d.]*$")


def check_script(use: CommandUse, world: ExpectedWorld, findings: Findings) -> None:
    """Look into the script that a command runs, if it runs one that is there today.

    Args:
        use: Any command.
        world: As it will be.
        findings: Where they go; never more than unsure, since nobody knows which branches a script takes.
    """
    name = base_name(use.name) or ""
    if name in SHELLS:
        _text(use, world, findings)
    elif PYTHONS.fullmatch(name):
        for option, code in pairwise(use.words[1:]):
            if re.fullmatch(r"-[A-Za-z]*c", option.value or ""):
                _python(f"the code of {name}", code.value or "", use, world, findings)
                return
    interpreted = name in TOOLS and TOOLS[name].operands is Operands.READ_FIRST
    path = next((read.path for read in paths_of(use).reads), None) if interpreted else name
    place = world.absolute(path, use.scope) if path and (interpreted or "/" in name) else None
    if path is None or place is None or not world.is_as_today(place):
        return
    text = world.machine.read_text(place) or ""
    first = interpreter_of(text)
    language = name if interpreted else (first.program or first.path).rsplit("/", 1)[-1] if first else ""
    if language in SHELLS:
        _shell(path, analyse(text), use, world, findings)
    elif PYTHONS.fullmatch(language):
        _python(path, text, use, world, findings)


def _python(said: str, text: str, use: CommandUse, world: ExpectedWorld, findings: Findings) -> None:
    given = {assignment.name for assignment in use.assignments}
    for variable in dict.fromkeys(DEMANDED.findall(text)):
        if variable not in given and not world.is_set(variable):
            findings.unsure("env_set", variable, f"{said} reads {variable} from the environment, which is not set")


def _text(use: CommandUse, world: ExpectedWorld, findings: Findings) -> None:
    """Text that a shell is given to run, where an unset variable ends it."""
    ends_it = any(re.fullmatch(r"-[A-Za-z]*u[A-Za-z]*", word.value or "") for word in use.words[1:])
    given = {assignment.name for assignment in use.assignments} | SYSTEM_VARIABLES
    for text, word in strings_run_by(use) if ends_it else ():
        inner = analyse(text or "")
        for variable in inner.variables_read:
            needed = variable.name.isidentifier() and not (variable.conditional or variable.guarded)
            if needed and variable.name not in {*given, *inner.variables_set} and not world.is_set(variable.name):
                findings.unsure("env_set", variable.name, f"{word.text} reads {variable.name}, which is not set")


def _shell(path: str, script: Analysis, use: CommandUse, world: ExpectedWorld, findings: Findings) -> None:
    own = {*script.functions, *script.aliases}
    for inner in script.commands:
        name = inner.name or ""
        plain = name and "/" not in name and not inner.conditional and not inner.builtin and name not in own
        if plain and not world.knows_name(name) and not world.find_command(name) and script.ok:
            findings.unsure("command_found", name, f"{path} calls {name}, which is not on PATH")
    given = {assignment.name for assignment in use.assignments} | set(script.variables_set) | SYSTEM_VARIABLES
    for variable in script.variables_read:
        unset = variable.name not in given and not world.is_set(variable.name) and not variable.guarded
        if unset and variable.required and not variable.conditional:
            findings.unsure("env_set", variable.name, f"{path} demands {variable.name}, which is not set")
        elif unset and variable.destructive:
            message = f"{path} deletes below {variable.name}, which is not set"
            if variable.conditional or not _is_reached(script, use) or world.state.unsure_variables:
                findings.unsure("safe", variable.name, message)
            else:
                findings.fails("safe", variable.name, FailureClass.UNSAFE, f"{message}; set it first")


def _is_reached(script: Analysis, use: CommandUse) -> bool:
    """Whether what stands in a script unconditionally surely runs: nothing ends it before, nothing only defines it."""
    ends = {"exit", "return", "exec", "kill"}
    plain = script.ok and not script.functions and not script.unknown and script.nounset is None
    return plain and use.runs and not use.conditional and ends.isdisjoint(one.name or "" for one in script.commands)
