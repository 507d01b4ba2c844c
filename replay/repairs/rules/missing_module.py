"""Finds a Python module in the workspace, or in the project's own environment, and lets the step see it."""

from posixpath import dirname, join

from replay import template
from replay.outcome import FailureClass
from replay.repairs import editing, locating
from replay.repairs.proposal import Candidate, Evidence, Files, PatchEntry, PatchOp, Trust

ENVIRONMENTS = (".venv", "venv", "env")


class MissingModule:
    """The environment that has the module, else `PYTHONPATH` to where it lies; nothing is installed."""

    name = "missing-module"

    def matches(self, evidence: Evidence) -> bool:
        """A module that an import did not find."""
        return evidence.failure.failure_class is FailureClass.MISSING_MODULE

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """One candidate for each place that has it; equals stay equal."""
        module = (evidence.failure.subject or "").partition(".")[0]
        if not module.isidentifier():
            return ()
        return (*self._by_environment(module, evidence, files), *self._by_path(module, evidence, files))

    def _by_environment(self, module: str, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        pythons = [
            use.name for use in editing.parse(evidence.command).commands if use.name and use.name.startswith("python")
        ]
        for folder in ENVIRONMENTS:
            own = join(evidence.workspace, folder, "bin/python")
            library = join(evidence.workspace, folder, "lib")
            packages = [join(library, name, "site-packages") for name in files.names_in(library)]
            if pythons and files.is_executable(own) and any(_holds(files, path, module) for path in packages):
                run = editing.with_command(evidence.step.run, pythons[0], locating.spelt(own, evidence))
                entry = PatchEntry(op=PatchOp.REPLACE, step_index=evidence.step_index, value=run)
                return (_candidate(entry, f"{module} is installed in the project's {folder}.", 0.85),)
        return ()

    def _by_path(self, module: str, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        names = {f"{module}.py", f"{module}/__init__.py"}
        found = [
            dirname(entry.as_posix()) if entry.name == f"{module}.py" else dirname(dirname(entry.as_posix()))
            for entry in files.workspace_files()
            if any(entry.as_posix() == name or entry.as_posix().endswith(f"/{name}") for name in names)
        ]
        return tuple(
            _candidate(
                PatchEntry(
                    op=PatchOp.SET_ENV,
                    step_index=evidence.step_index,
                    value={"name": "PYTHONPATH", "value": _folder(folder, evidence)},
                ),
                f"{module} lies in {folder or 'the workspace itself'}.",
                0.75,
            )
            for folder in dict.fromkeys(found)
        )


def _holds(files: Files, folder: str, module: str) -> bool:
    return files.exists(join(folder, module)) or files.exists(join(folder, f"{module}.py"))


def _folder(folder: str, evidence: Evidence) -> str:
    """The directory for `PYTHONPATH`, below the workspace's parameter where there is one."""
    root = next((name for name, value in evidence.bindings.items() if value == evidence.workspace), None)
    top = (
        editing.placeholder(root)
        if root and root in evidence.playbook.parameters
        else template.escape(evidence.workspace)
    )
    return join(top, template.escape(folder)) if folder else top


def _candidate(entry: PatchEntry, why: str, confidence: float) -> Candidate:
    return Candidate(
        source=f"rule:{MissingModule.name}",
        patch=(entry,),
        rationale=why,
        confidence=confidence,
        trust=Trust.NEAR_MATCH,
    )
