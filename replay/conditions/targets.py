"""Reads the targets of Makefiles, the scripts of npm packages and the interpreters of scripts, from their files."""

import os.path
import re

import msgspec

from replay.conditions.world import Machine
from replay.syntax import CommandUse
from replay.syntax.operands import read_arguments
from replay.syntax.tools import Tool
from replay.syntax.wrappers import base_name

MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
MAKE = Tool(
    valued="-f --file --makefile -C --directory -I --include-dir -o -W",
)
RULE = re.compile(r"^(?![\t#])([^\n:=#]+?)\s*&?::?(?!=)", re.MULTILINE)
INCLUDE = re.compile(r"^\s*(?:-|s)?include\b|\$\(eval\b|^define\b", re.MULTILINE)
NPM = Tool(valued="--prefix -w --workspace --loglevel -C --dir --cwd")
LIFECYCLE = frozenset({"test", "start", "stop", "restart"})
SHEBANG = re.compile(r"#!\s*(\S+)(?:[ \t]+(?:-S[ \t]+)?(?:[A-Za-z_]+=\S*[ \t]+)*([^\s-]\S*))?")


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A name that a command wants to find in a file."""

    name: str
    """Empty when it names none, and only the file must be there."""
    file: str | None
    """Absolute; None when there is no such file."""
    expected_file: str
    """What the file would be called."""
    found: bool | None
    """None when the file doesn't tell."""


def make_targets(machine: Machine, use: CommandUse, cwd: str) -> tuple[Target, ...]:
    """The targets that a make command names, looked up.

    Args:
        machine: Where its files are.
        use: The command.
        cwd: Its working directory.

    Returns:
        Empty for other commands.
    """
    if base_name(use.name) not in {"make", "gmake"} or any(word.value is None for word in use.words):
        return ()
    arguments = read_arguments(use.words[1:], MAKE)
    if arguments.given("-v --version -h --help"):
        return ()
    for folder in arguments.values("-C --directory"):
        cwd = os.path.normpath(os.path.join(cwd, folder.value or ""))  # noqa: PTH118 - paths of the shell's world
    if not machine.is_dir(cwd):
        return ()
    named = [word.value or "" for word in arguments.values("-f --file --makefile")]
    candidates = [os.path.join(cwd, name) for name in named or MAKEFILES]  # noqa: PTH118
    file = next((place for place in candidates if machine.exists(place)), None)
    expected = named[0] if named else "Makefile"
    numbers = re.compile(r"[\d.]+")
    names = [word.value or "" for word in arguments.operands if "=" not in (word.value or "")]
    wanted = [name for name in names if not numbers.fullmatch(name)] or [""]
    text = machine.read_text(file) if file else None
    return tuple(
        Target(name=name, file=file, expected_file=expected, found=_has_target(machine, text, name, cwd))
        for name in wanted
    )


def _has_target(machine: Machine, text: str | None, name: str, cwd: str) -> bool | None:
    place = os.path.join(cwd, name)  # noqa: PTH118 - paths of the shell's world
    if name and (machine.exists(place) or machine.matches(f"{place}.*")):
        return True
    if text is None:
        return False
    joined = text.replace("\\\n", " ")
    targets = {target for found in RULE.finditer(joined) for target in found[1].split()}
    if not name:
        return True
    if name in targets or any("%" in target and _fits(target, name) for target in targets):
        return True
    return None if INCLUDE.search(joined) or any("$" in target for target in targets) else False


def _fits(pattern: str, name: str) -> bool:
    before, _, after = pattern.partition("%")
    return name.startswith(before) and name.endswith(after) and len(name) > len(before) + len(after)


def npm_scripts(machine: Machine, use: CommandUse, cwd: str) -> tuple[Target, ...]:
    """The scripts that an npm, pnpm or yarn command names, looked up.

    Args:
        machine: Where its files are.
        use: The command.
        cwd: Its working directory.

    Returns:
        Empty for other commands.
    """
    if base_name(use.name) not in {"npm", "pnpm", "yarn"} or any(word.value is None for word in use.words):
        return ()
    arguments = read_arguments(use.words[1:], NPM)
    values = [word.value or "" for word in arguments.operands]
    if not values or arguments.given("-w --workspace --workspaces --if-present -r --recursive --cwd --dir"):
        return ()
    for folder in arguments.values("--prefix -C"):
        cwd = os.path.normpath(os.path.join(cwd, folder.value or ""))  # noqa: PTH118 - paths of the shell's world
    file = _nearest(machine, cwd, "package.json")
    if values[0] == "ci" and base_name(use.name) == "npm":
        lock = next(
            (name for name in ("package-lock.json", "npm-shrinkwrap.json") if _nearest(machine, cwd, name)), None
        )
        return (Target(name="", file=lock, expected_file="package-lock.json", found=True),)
    script = values[1] if values[0] in {"run", "run-script"} and len(values) > 1 else None
    script = values[0] if values[0] in LIFECYCLE else "test" if values[0] in {"t", "tst"} else script
    if script is None:
        return ()
    return (Target(name=script, file=file, expected_file="package.json", found=_has_script(machine, file, script)),)


def _has_script(machine: Machine, file: str | None, script: str) -> bool | None:
    text = machine.read_text(file) if file else None
    try:
        document = msgspec.json.decode((text or "{}").encode("utf-8", "replace"))
        scripts = document.get("scripts", {})
        if script in scripts or script in {"env", "restart"}:
            return True
    except (msgspec.DecodeError, AttributeError, TypeError, RecursionError):
        return None
    return bool(script == "start" and file and machine.exists(os.path.join(os.path.dirname(file), "server.js")))  # noqa: PTH118, PTH120


def _nearest(machine: Machine, cwd: str, name: str) -> str | None:
    here = cwd
    while True:
        place = os.path.join(here, name)  # noqa: PTH118 - paths of the shell's world
        if machine.exists(place):
            return place
        parent = os.path.dirname(here)  # noqa: PTH120 - as above
        if parent == here:
            return None
        here = parent


class Interpreter(msgspec.Struct, frozen=True, kw_only=True):
    """What the first line of a script says."""

    path: str
    """The interpreter."""
    program: str | None
    """What `env` is to run, when that is the interpreter."""
    crlf: bool
    """The line ends as on Windows, so that the system looks for a name with a carriage return."""


def interpreter_of(text: str) -> Interpreter | None:
    """Read a script's first line.

    Args:
        text: Of the file.

    Returns:
        None when it has no such line.
    """
    line = text.partition("\n")[0]
    found = SHEBANG.match(line)
    if not found:
        return None
    program = found[2] if found[1].rsplit("/", 1)[-1] == "env" else None
    return Interpreter(path=found[1], program=program, crlf=line.endswith("\r"))
