"""Finds a C header or a library, in the workspace or by pkg-config, and shows the compiler where it lies."""

from collections.abc import Iterator
from posixpath import join

from replay import template
from replay.outcome import FailureClass
from replay.repairs import editing, locating, recalling, similar
from replay.repairs.proposal import Candidate, Evidence, Files, PatchEntry, PatchOp, Trust
from replay.syntax.wrappers import base_name

COMPILERS = ("cc", "gcc", "g++", "c++", "clang", "clang++")
LIBRARIES = (".so", ".a", ".dylib")
HEADERS = (".h", ".hh", ".hpp", ".hxx", ".inc")
SEARCHED = {"-I": ("CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH"), "-L": ("LIBRARY_PATH",)}
"""Variables that compilers look for directories in."""
BUILDERS = frozenset({"make", "gmake", "ninja", "meson", "cmake"})
"""Commands that run a compiler, which hands its environment on."""


class MissingHeader:
    """`-I` to the directory that has the header, `-L` to the library's; nothing is installed."""

    name = "missing-header"

    def matches(self, evidence: Evidence) -> bool:
        """A header or library that the compiler did not find."""
        return evidence.failure.failure_class is FailureClass.MISSING_HEADER

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """One candidate for each directory that has it, of the best kind that there is; equals stay equal."""
        missing = evidence.failure.subject or ""
        header = missing.endswith(HEADERS)
        option = "-I" if header else "-L"
        names = (missing,) if header else tuple(f"lib{missing}{ending}" for ending in LIBRARIES)
        if not missing:
            return ()
        if described := tuple(_described(missing, evidence, files)):
            return described
        recalled = tuple(_recalled(option, names, evidence, files))
        if recalled:
            return recalled
        found = tuple(_in_tree(option, names, evidence, files))
        return found or tuple(_by_package(option, missing, names, evidence, files))


def _described(package: str, evidence: Evidence, files: Files) -> Iterator[Candidate]:
    """Where pkg-config's file of a package lies now, for a command that says itself where it looks."""
    run = evidence.step.run
    uses = editing.parse(run).commands
    given = [each for use in uses for each in use.assignments if each.name == "PKG_CONFIG_PATH" and each.word]
    for entry in files.workspace_files() if given else ():
        folder = f"{evidence.workspace}/{entry.parent.as_posix()}"
        edits = [
            (each.word.span.start, each.word.span.end, locating.spelt(folder, evidence)) for each in given if each.word
        ]
        if entry.name == f"{package}.pc":
            changed = editing.replaced(run, edits)
            yield Candidate(
                source=f"rule:{MissingHeader.name}",
                patch=(PatchEntry(op=PatchOp.REPLACE, step_index=evidence.step_index, value=changed),),
                rationale=f"{entry.name} lies in {entry.parent}.",
                confidence=0.8,
                trust=Trust.NEAR_MATCH,
            )


def _recalled(option: str, names: tuple[str, ...], evidence: Evidence, files: Files) -> Iterator[Candidate]:
    """The variable that the recording had, where it names a directory that has it still."""
    for variable in SEARCHED[option]:
        value = evidence.recorded_environment.get(variable)
        folders = [locating.absolute(folder, evidence) for folder in (value or "").split(":") if folder]
        if value and any(files.exists(join(folder, name)) for folder in folders for name in names):
            yield Candidate(
                source=f"rule:{MissingHeader.name}",
                patch=recalling.entries(variable, recalling.portable(value, evidence), evidence, _compiles),
                rationale=f"The recording began with {variable}={value}, where {names[0]} is.",
                confidence=0.85,
                trust=Trust.DATAFLOW,
            )
            return


def _in_tree(option: str, names: tuple[str, ...], evidence: Evidence, files: Files) -> Iterator[Candidate]:
    """Directories of the workspace that have it."""
    folders = {
        entry.as_posix()[: -len(name)].rstrip("/"): name
        for entry in files.workspace_files()
        for name in names
        if entry.as_posix() == name or entry.as_posix().endswith(f"/{name}")
    }
    for folder, name in folders.items():
        place = f"{evidence.workspace}/{folder}".rstrip("/")
        if patch := _patch(option, place, evidence):
            where = folder or "the workspace itself"
            yield _candidate(patch, f"{name} lies in {where}.", 0.8)


def _by_package(
    option: str, missing: str, names: tuple[str, ...], evidence: Evidence, files: Files
) -> Iterator[Candidate]:
    """Directories that pkg-config names for a package called like it."""
    words = {similar.plain(part.partition(".")[0]) for part in missing.split("/")} | {similar.plain(f"lib{missing}")}
    for package in files.packages():
        stem = similar.plain(package)
        if not any(stem.startswith(word) or stem.removeprefix("lib").startswith(word) for word in words if word):
            continue
        for folder in files.package_folders(package, option):
            if any(files.exists(join(folder, name)) for name in names) and (patch := _patch(option, folder, evidence)):
                yield _candidate(patch, f"pkg-config says that {package} is in {folder}, where {names[0]} is.", 0.75)
                break


def _candidate(patch: tuple[PatchEntry, ...], why: str, confidence: float) -> Candidate:
    return Candidate(
        source=f"rule:{MissingHeader.name}",
        patch=patch,
        rationale=why,
        confidence=confidence,
        trust=Trust.NEAR_MATCH,
    )


def _patch(option: str, folder: str, evidence: Evidence) -> tuple[PatchEntry, ...]:
    """`-I` or `-L` behind the compiler's name, in this step and in later compiling ones; else the variable for it."""
    entries: list[PatchEntry] = []
    for index, step in enumerate(evidence.playbook.steps, 1):
        edits = [
            (word.span.end, word.span.end, f" {option}{locating.spelt(folder, evidence)}")
            for compiler in COMPILERS
            for use in editing.uses(step.run, compiler)
            if (word := editing.name_word(step.run, use)) is not None
        ]
        if edits and index >= evidence.step_index:
            run = editing.replaced(step.run, edits)
            entries.append(PatchEntry(op=PatchOp.REPLACE, step_index=index, value=run))
    if entries and entries[0].step_index == evidence.step_index:
        return tuple(entries)
    value = recalling.in_workspace(folder, evidence) or template.escape(folder)
    return recalling.entries(SEARCHED[option][0], value, evidence, _compiles)


def _compiles(run: str) -> bool:
    """Whether a command runs a compiler, or what runs one."""
    names = {base_name(use.name) for use in editing.parse(run).commands}
    return bool(names & {*BUILDERS, *COMPILERS})
