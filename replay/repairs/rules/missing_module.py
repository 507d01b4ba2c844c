"""Finds a module in the workspace, or in the environment of the recording, and lets the step see it."""

from collections.abc import Callable, Iterator
from posixpath import basename, join

from replay.outcome import FailureClass
from replay.repairs import commands, editing, locating, recalling
from replay.repairs.proposal import Candidate, Evidence, Files, PatchEntry, PatchOp, Trust

ENVIRONMENTS = (".venv", "venv", "env", ".env")
INSTALLED = ("site-packages", "dist-packages", "node_modules")
"""Folders whose contents were installed: an environment is taken whole."""
SCRIPTS = {
    "PYTHONPATH": (".py", "/__init__.py"),
    "NODE_PATH": (".js", ".cjs", "/index.js", "/package.json"),
    "PERL5LIB": (".pm",),
}
"""What a module may be on disk, by the variable that leads to it."""
RUNTIMES = {"PYTHONPATH": "python", "NODE_PATH": "node", "PERL5LIB": "perl"}


class MissingModule:
    """The environment that has the module, else the recorded search path, else one to where it lies."""

    name = "missing-module"

    def matches(self, evidence: Evidence) -> bool:
        """A module that an import did not find."""
        return evidence.failure.failure_class is FailureClass.MISSING_MODULE

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """One candidate for each place that has it; equals stay equal. Nothing is installed."""
        subject = evidence.failure.subject or ""
        variable, module = _sought(subject, evidence.output)
        if not module or not module.replace("-", "_").replace("/", "_").isidentifier():
            return ()
        found = [*_by_environment(module, evidence, files)] if variable == "PYTHONPATH" else []
        found += _recalled(module, variable, evidence, files)
        return (*found, *_by_path(module, variable, evidence, files))


def _sought(subject: str, output: str) -> tuple[str, str]:
    """The variable that leads to modules of the language, and the one to look for there; perl names a whole file."""
    if subject.endswith(".pm") and "@INC" in output:
        return "PERL5LIB", subject.removesuffix(".pm")
    if "Cannot find module" in output:
        return "NODE_PATH", subject.partition("/")[0]
    return "PYTHONPATH", subject.partition(".")[0]


def _by_environment(module: str, evidence: Evidence, files: Files) -> Iterator[Candidate]:
    """The Python of an environment that has it, in this step and in later ones from the same directory."""
    recorded = [evidence.recorded_environment.get(name) for name in commands.ENVIRONMENTS]
    folders = [(place, 0.9, "the recording's environment") for place in recorded if place]
    folders += [(join(evidence.workspace, name), 0.85, "the project's environment") for name in ENVIRONMENTS]
    for folder, confidence, what in folders:
        own, library = join(folder, "bin/python"), join(folder, "lib")
        packages = [join(library, name, "site-packages") for name in files.names_in(library)]
        if not files.is_executable(own) or not any(_holds(files, path, module) for path in packages):
            continue
        patch = tuple(_with_python(locating.spelt(own, evidence), evidence, files))
        if patch:
            trust = Trust.DATAFLOW if folder in recorded else Trust.NEAR_MATCH
            where = locating.inside(folder, evidence) or folder
            yield _candidate(patch, f"{module} is installed in {what}, {where}.", confidence, trust)
            return


def _with_python(own: str, evidence: Evidence, files: Files) -> Iterator[PatchEntry]:
    """Steps with the environment's Python: until one goes to another directory, where its spelling would not hold."""
    for index, step in enumerate(evidence.playbook.steps, 1):
        if index < evidence.step_index:
            continue
        if index > evidence.step_index and "/" in own and own[0] != "/" and _moves(step.run, step.cwd):
            return
        run = step.run
        for use in editing.parse(step.run).commands:
            name = editing.shown(use.name or "")
            if basename(name).startswith("python") and name != own:
                run = editing.with_command(run, name, own)
            elif "/" in name and _is_python(name, evidence, files):
                run = editing.with_prefix(run, name, own)
        if run != step.run:
            yield PatchEntry(op=PatchOp.REPLACE, step_index=index, value=run)


def _moves(run: str, cwd: str | None) -> bool:
    return cwd is not None or bool(editing.parse(run).directories)


def _is_python(name: str, evidence: Evidence, files: Files) -> bool:
    """Whether a called file is a script of Python."""
    interpreter = commands.shebang(files.read_text(locating.absolute(locating.filled(name, evidence), evidence)))
    return bool(interpreter) and interpreter[0].startswith("python")


def _recalled(module: str, variable: str, evidence: Evidence, files: Files) -> Iterator[Candidate]:
    """The search path that the recording had, where the module is there still."""
    value = evidence.recorded_environment.get(variable)
    folders = [locating.absolute(folder, evidence) for folder in (value or "").split(":") if folder]
    if value and any(files.exists(join(folder, f"{module}{end}")) for folder in folders for end in SCRIPTS[variable]):
        patch = recalling.entries(variable, recalling.portable(value, evidence), evidence, _like(evidence, variable))
        yield _candidate(patch, f"The recording began with {variable}={value}, where {module} is.", 0.9, Trust.DATAFLOW)


def _by_path(module: str, variable: str, evidence: Evidence, files: Files) -> Iterator[Candidate]:
    """A search path to each directory of the workspace that has it."""
    names = [f"{module}{end}" for end in SCRIPTS[variable]]
    found: dict[str, None] = {}
    for entry in files.workspace_files():
        path = entry.as_posix()
        name = next((name for name in names if path == name or path.endswith(f"/{name}")), None)
        if name and not any(part in INSTALLED for part in entry.parts):
            found.setdefault(path[: -len(name)].rstrip("/"))
    for folder in found:
        place = join(evidence.workspace, folder).rstrip("/")
        value = recalling.in_workspace(place, evidence) or place
        patch = recalling.entries(variable, value, evidence, _like(evidence, variable))
        yield _candidate(patch, f"{module} lies in {folder or 'the workspace itself'}.", 0.75, Trust.NEAR_MATCH)


def _like(evidence: Evidence, variable: str) -> Callable[[str], bool]:
    """Says whether a later step runs one of the programs that the failed step does."""
    programs = set(_run_by(evidence.step.run, RUNTIMES[variable]))
    return lambda run: not programs.isdisjoint(_run_by(run, RUNTIMES[variable]))


def _run_by(run: str, runtime: str) -> Iterator[str]:
    """Programs that a command runs: scripts and modules behind the runtime, else its own name."""
    for use in editing.parse(run).commands:
        words = [editing.value(word) or "" for word in use.words]
        name = editing.shown(use.name or "")
        if basename(name).startswith(runtime):
            yield from [text for text in words[1:] if text and not text.startswith("-")][:1]
        elif "/" in name:
            yield name


def _holds(files: Files, folder: str, module: str) -> bool:
    return files.exists(join(folder, module)) or files.exists(join(folder, f"{module}.py"))


def _candidate(patch: tuple[PatchEntry, ...], why: str, confidence: float, trust: Trust) -> Candidate:
    return Candidate(
        source=f"rule:{MissingModule.name}",
        patch=patch,
        rationale=why,
        confidence=confidence,
        trust=trust,
    )
