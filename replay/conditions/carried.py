"""Warnings of what a step takes along besides contents: permission bits, a link's target, a branch, unnamed files."""

import os.path
import re
from collections.abc import Iterable, Mapping

from capture.commits import DETACHED
from capture.trace import EffectOp
from replay import template
from replay.conditions.expected import ExpectedWorld
from replay.conditions.findings import Findings
from replay.conditions.refs import find_repository, git_needs
from replay.conditions.so_far import takes_all
from replay.matching import masks
from replay.matching.effects import is_mode
from replay.outcome import FailureClass
from replay.playbook import ExpectedEffect, PlaybookStep
from replay.syntax import Analysis, CommandUse
from replay.syntax.wrappers import base_name

COMMITTED_ON = re.compile(r"^\[([\w./-]+)(?: \(root-commit\))? ", re.MULTILINE)
"""What `git commit` says of its branch, as `[main 1a2b3c4] words`."""
COMMITTED_FILE = re.compile(r"[AMT] 100(644|755) ([^{}]+)")
"""Of a commit that is told: a file's mode and its path, which knows no placeholder."""
EXECUTABLE = 0o100
KEEPS_LINKS = frozenset({"git", "rsync", "tar"})
"""Commands that take a link along as a link."""
USUAL_UMASKS = (0o000, 0o002, 0o022, 0o027, 0o077)


def check_carried(
    step: PlaybookStep, analysis: Analysis, values: Mapping[str, str], world: ExpectedWorld, findings: Findings
) -> None:
    """Warn of a file whose mode a copy would take along, and of a link where a file was that the step changes.

    Args:
        step: What it needs and must leave.
        analysis: Of its command, values filled in.
        values: For its other placeholders.
        world: As it will be.
        findings: Where it is noted.
    """
    effects = [one for one in step.expect.effects or () if not template.names(one.path) - values.keys()]
    changed = {os.path.normpath(template.render(one.path, values)) for one in effects}
    for need in step.requires:
        subject = template.render(need.subject, values)
        place = world.absolute(subject) if need.kind == "file" and need.sha256 else None
        if place is None or not world.is_as_today(place) or not world.machine.is_link(place):
            continue
        if os.path.relpath(place, world.workspace) in changed:
            findings.warns(
                "same_kind", subject, f"{subject} is a link now, and was a file: the step changes another one"
            )
        elif any(base_name(use.name) in KEEPS_LINKS for use in analysis.commands):
            findings.warns("same_kind", subject, f"{subject} is a link now, and was a file: it is taken along as one")
    _check_given(effects, world, findings)
    _check_modes(effects, analysis, world, findings)


def _check_given(effects: list[ExpectedEffect], world: ExpectedWorld, findings: Findings) -> None:
    """Permission bits that a file has today beyond those that the step gave: it takes none away."""
    for effect in effects:
        place = os.path.normpath(os.path.join(world.workspace, effect.path))  # noqa: PTH118 - paths of the shell's world
        given = effect.op is EffectOp.CHMOD and effect.mode is not None and world.is_as_today(place)
        mode = world.machine.mode(place) if given else None
        wanted = int(effect.mode or "0", 8)
        if mode is not None and mode & wanted == wanted and not is_mode(effect.mode or "", mode):
            findings.warns("same_mode", effect.path, f"{effect.path} has mode {mode:o} now, and {wanted:o} was left")


def _check_modes(effects: list[ExpectedEffect], analysis: Analysis, world: ExpectedWorld, findings: Findings) -> None:
    wanted = [one.mode for one in effects if one.op is EffectOp.CREATED and one.mode and not one.directory]
    if not wanted or not any(base_name(use.name) == "cp" for use in analysis.commands):
        return
    for path in (*analysis.reads, *analysis.mentions):
        value = world.value_of(path.word) if path.tool in {"cp", "for"} else None
        place = world.absolute(value, path.scope) if value else None
        if value is None or place is None or not world.is_as_today(place) or world.machine.is_dir(place):
            continue
        mode = world.machine.mode(place)
        if mode is not None and not any(is_mode(one, mode & ~umask) for one in wanted for umask in USUAL_UMASKS):
            findings.warns("same_mode", value, f"{value} has mode {mode:o} now, and a copy takes it along")


def check_commit(
    use: CommandUse, cwd: str, step: PlaybookStep, values: Mapping[str, str], world: ExpectedWorld, findings: Findings
) -> None:
    """Warn of a commit onto another branch than the recorded one, and of files that nobody named and it takes along.

    Args:
        use: Any command.
        cwd: Its working directory.
        step: What must be printed and committed.
        values: For its placeholders.
        world: As it will be; once steps have run, strict sees for itself.
        findings: Where it is noted.
    """
    needs = git_needs(use)
    if needs is None or needs.verb != "commit" or world.acted:
        return
    repository = find_repository(world.machine, cwd)
    if repository is None:
        return
    told = COMMITTED_ON.search(step.expect.output or "")
    if told and not (world.state.moves_head or world.state.unsure_refs) and repository.branch != told[1]:
        now = f"{repository.branch} is" if repository.branch else "none is"
        findings.warns("git_branch", told[1], f"the commit was made on {told[1]}, and {now} checked out now")
    root = os.path.dirname(repository.folder)  # noqa: PTH120 - paths of the shell's world
    wanted = step.expect.committed
    if wanted and repository.notes_modes and not world.state.modes_by_hand:
        _check_committed_modes(wanted, root, world, findings)
    if wanted and DETACHED not in wanted and repository.branch is None and not world.state.moves_head:
        message = "no branch is checked out, and none would hold the commit: strict stops here"
        findings.warns("git_branch", "HEAD", message, FailureClass.EFFECTS_CHANGED)
    if wanted is None or not (world.state.stages_all or takes_all(use)):
        return
    patterns = [masks.pattern(one, values) for one in wanted if one != DETACHED]
    for name in world.machine.changed(cwd) or ():
        place = os.path.join(root, name)  # noqa: PTH118 - as above
        if world.is_as_today(place) and not any(
            re.fullmatch(one, row) for one in patterns for row in _rows(place, name, world)
        ):
            findings.warns("tree_clean", name, f"{name} differs from the last commit, and this one would take it along")


def _check_committed_modes(wanted: Iterable[str], root: str, world: ExpectedWorld, findings: Findings) -> None:
    """Files that are executable now and were not when they were committed, or the other way round."""
    for told in wanted:
        found = COMMITTED_FILE.fullmatch(told)
        place = os.path.join(root, found[2]) if found else ""  # noqa: PTH118 - paths of the shell's world
        mode = world.machine.mode(place) if found and world.keeps_mode(place) else None
        if found is None or mode is None or world.machine.is_link(place) or world.machine.is_dir(place):
            continue
        if bool(mode & EXECUTABLE) != (found[1] == "755"):
            message = f"{found[2]} has mode {mode:o} now, and was committed with {found[1]}"
            findings.unsure("same_mode", found[2], message)


def _rows(place: str, name: str, world: ExpectedWorld) -> tuple[str, ...]:
    """How a commit of a path as it is now may be told (see `Expectation.committed`)."""
    machine = world.machine
    if not machine.exists(place):
        return (f"D {name}",)
    mode = "120000" if machine.is_link(place) else "100755" if machine.is_executable(place) else "100644"
    return tuple(f"{sign} {mode} {name}" for sign in "AMT")
