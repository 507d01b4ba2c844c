"""Finds the target that a make or npm target became, by reading the file that lists them."""

import re
from collections.abc import Iterator
from itertools import pairwise
from posixpath import dirname, join, normpath

import msgspec

from replay.outcome import FailureClass
from replay.repairs import editing, locating, similar
from replay.repairs.proposal import Candidate, Evidence, Files, PatchEntry, Trust
from replay.syntax import CommandUse

MAKES = frozenset({"make", "gmake"})
SCRIPT_RUNNERS = frozenset({"npm", "pnpm", "yarn", "bun"})
RECIPES = frozenset({"just"})
MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
JUSTFILES = ("justfile", "Justfile", ".justfile")
TARGET = re.compile(r"(?m)^([\w][\w./ -]*?)\s*::?(?!=)")
RECIPE = re.compile(r"(?m)^@?([A-Za-z_][\w-]*)(?:\s[^:=\n]*)?:(?!=)")
CMAKE_HOME = re.compile(r"(?m)^CMAKE_HOME_DIRECTORY:INTERNAL=(.+)$")
CMAKE_TARGET = re.compile(r"(?im)^\s*add_(?:custom_target|executable|library)\s*\(\s*([\w.+-]+)")
INCLUDES = re.compile(r"(?m)^[-s]?include[ \t]+(.+)$")
RUNS_ITSELF = frozenset({"test", "start", "stop", "restart"})
"""Scripts that npm runs without `run`."""
CLOSE = 0.75
FOLDERS = ("-C", "--directory", "--prefix", "--cwd")
MAKEFILE_OPTIONS = ("-f", "--file", "--makefile")
TAKE_VALUE = frozenset({*FOLDERS, *MAKEFILE_OPTIONS, "-I", "-j", "-l", "-o", "-W", "-w", "--workspace"})


class Package(msgspec.Struct, frozen=True):
    """What counts of a `package.json`."""

    scripts: dict[str, str] = {}
    """Name to command."""


class RenamedTarget:
    """Replaces the target by one that shares a word with it, or is a letter away; never by a clean-like one."""

    name = "renamed-target"

    def matches(self, evidence: Evidence) -> bool:
        """A target or script that the file doesn't have."""
        return evidence.failure.failure_class is FailureClass.UNKNOWN_TARGET

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """A candidate for each target alike; equals stay equal."""
        for use in editing.parse(evidence.command).commands:
            targets = _targets(use, evidence, files)
            asked = _asked(use)
            wanted = evidence.failure.subject
            missing = wanted if wanted in asked else next((text for text in asked if _is_target(text, targets)), None)
            if targets and missing and missing not in targets:
                return tuple(self._candidates(missing, targets, use.name or "", evidence))
        return ()

    def _candidates(self, missing: str, targets: list[str], tool: str, evidence: Evidence) -> Iterator[Candidate]:
        alike = [
            target
            for target in targets
            if (similar.share_word(missing, target) or similar.closeness(missing, target) >= CLOSE)
            and not similar.is_hazardous(target, missing)
        ]
        for target in sorted(alike, key=lambda target: -similar.closeness(missing, target)):
            patch = locating.replace_from_here(evidence, missing, target, tools=frozenset({tool}))
            if tool in SCRIPT_RUNNERS and missing in RUNS_ITSELF:
                patch = tuple(msgspec.structs.replace(entry, value=_with_run(entry, tool, target)) for entry in patch)
            yield Candidate(
                source=f"rule:{self.name}",
                patch=patch,
                rationale=f"There is no target {missing}; {target} is the one alike in the file that lists them.",
                confidence=0.75,
                trust=Trust.NEAR_MATCH,
            )


def _with_run(entry: PatchEntry, tool: str, target: str) -> str:
    """The command with `run` before the script, which no other script goes without."""
    run = str(entry.value)
    edits = [
        (word.span.start, word.span.start, "run ")
        for use in editing.uses(run, tool)
        for before, word in pairwise(editing.words_of(run, use))
        if editing.value(word) == target and editing.value(before) not in ("run", "run-script")
    ]
    return editing.replaced(run, edits)


def _asked(use: CommandUse) -> list[str]:
    """The words that may be targets: what stands before `--`, the values of options left out."""
    values = [word.value or "" for word in use.words][1:]
    before = values[: values.index("--")] if "--" in values else values
    return [text for last, text in zip(["", *before], before, strict=False) if last not in TAKE_VALUE]


def _is_target(text: str, targets: list[str]) -> bool:
    """Whether a word that is not there can have been a target: no option, no assignment, no verb of the tool."""
    return text not in targets and not text.startswith("-") and "=" not in text and text not in ("run", "run-script")


def _targets(use: CommandUse, evidence: Evidence, files: Files) -> list[str]:
    """Targets of the file that the command reads."""
    here = join(locating.directory(evidence), _option(use, *FOLDERS) or ".")
    here = normpath(here)
    if use.name in MAKES:
        text = _first_text([_option(use, *MAKEFILE_OPTIONS) or "", *MAKEFILES], here, files)
        included = [name for found in INCLUDES.finditer(text) for name in found[1].split()]
        text = "\n".join([text, *(_first_text([name], here, files) for name in included)])
        names = [name for found in TARGET.finditer(text) for name in found[1].split()]
    elif use.name in SCRIPT_RUNNERS:
        names = _scripts(here, files)
    elif use.name == "cmake":
        names = _cmake_targets(join(here, _option(use, "--build") or "."), files)
    elif use.name in RECIPES:
        names = RECIPE.findall(_first_text(list(JUSTFILES), here, files))
    else:
        names = []
    return list(dict.fromkeys(name for name in names if not name.startswith(".")))


def _cmake_targets(build: str, files: Files) -> list[str]:
    """Targets that the sources of a build directory name themselves."""
    home = CMAKE_HOME.search(files.read_text(join(build, "CMakeCache.txt")) or "")
    text = files.read_text(join(home[1], "CMakeLists.txt")) if home else None
    return CMAKE_TARGET.findall(text or "")


def _option(use: CommandUse, *names: str) -> str | None:
    """The value of an option, joined or apart."""
    values = [word.value or "" for word in use.words]
    for at, text in enumerate(values):
        if text in names and at + 1 < len(values):
            return values[at + 1]
        for name in names:
            if name.startswith("--") and text.startswith(f"{name}="):
                return text[len(name) + 1 :]
    return None


def _first_text(names: list[str], folder: str, files: Files) -> str:
    texts = (files.read_text(join(folder, name)) for name in names if name)
    return next((text for text in texts if text is not None), "")


def _scripts(folder: str, files: Files) -> list[str]:
    """Scripts of the nearest package.json."""
    while (text := files.read_text(join(folder, "package.json"))) is None:
        if dirname(folder) == folder:
            return []
        folder = dirname(folder)
    try:
        return list(msgspec.json.decode(text, type=Package).scripts)
    except msgspec.DecodeError:
        return []
