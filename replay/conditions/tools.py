"""Checks that only one tool's commands need: git's refs, make's targets, npm's scripts, a server's port."""

from collections.abc import Callable, Iterable

from replay.conditions.expected import ExpectedWorld
from replay.conditions.findings import Findings
from replay.conditions.refs import GitNeeds, Repository, find_repository, git_needs
from replay.conditions.targets import Target, make_targets, npm_scripts
from replay.outcome import FailureClass
from replay.patches import is_applied, patching
from replay.syntax import CommandUse, PathUse, Via
from replay.syntax.served import served_ports

EARLIER = "an earlier step may make it"


def check_git(use: CommandUse, cwd: str, world: ExpectedWorld, findings: Findings) -> None:
    """Check the refs, remotes and new names of a git command.

    Args:
        use: Any command.
        cwd: Its working directory.
        world: As it will be.
        findings: Where they go.
    """
    needs = git_needs(use)
    if needs is None or any(word.value in {"-C", "--git-dir", "--work-tree"} for word in use.words):
        return
    repository = find_repository(world.machine, cwd)
    sure = not world.state.unsure_refs
    if repository is None:
        if needs.repository and sure and not world.is_set("GIT_DIR"):
            findings.fails("git_repository", cwd, FailureClass.GIT_REMOTE, f"{cwd} lies in no git repository")
        return
    if needs.index and repository.locked:
        message = "a git process is at work in this repository, or died: .git/index.lock is there"
        findings.fails("git_lock", ".git/index.lock", FailureClass.GIT_LOCK, message)
    _refs(needs, repository, use, world, findings)
    _new_names(needs, repository, findings)
    _remotes(needs, repository, world, findings)


def _refs(needs: GitNeeds, repository: Repository, use: CommandUse, world: ExpectedWorld, findings: Findings) -> None:
    from_remote = needs.verb in {"checkout", "switch"}
    for name in (*needs.refs, *needs.refs_or_paths):
        known = name in world.state.refs or repository.has_ref(name)
        path = world.absolute(name, use.scope)
        as_path = name in needs.refs_or_paths and path is not None
        if as_path and path is not None and (world.exists(path) is not False or repository.tracks(name)):
            continue
        if known or (from_remote and repository.has_on_remote(name)):
            findings.passes("git_ref", name, f"{name} is a ref")
        elif known is False and not world.state.unsure_refs:
            findings.fails("git_ref", name, FailureClass.GIT_REF, f"there is no branch, tag or commit {name}")
        elif known is False:
            findings.unsure("git_ref", name, f"there is no ref {name} now; {EARLIER}")


def _new_names(needs: GitNeeds, repository: Repository, findings: Findings) -> None:
    questions: tuple[tuple[Iterable[str], Callable[[str], bool | None], str], ...] = (
        (needs.new_branches, repository.has_branch, "branch"),
        (needs.new_tags, repository.has_tag, "tag"),
        (needs.new_remotes, lambda name: name in (repository.remotes() or {}), "remote"),
    )
    for names, has, word in questions:
        for name in names:
            if has(name):
                findings.fails("not_there_yet", name, FailureClass.ALREADY_EXISTS, f"{word} {name} is there already")
            else:
                findings.passes("not_there_yet", name, f"{word} {name} is not there yet")


def _remotes(needs: GitNeeds, repository: Repository, world: ExpectedWorld, findings: Findings) -> None:
    remotes = repository.remotes()
    if remotes is None or world.state.unsure_refs:
        return
    for name in needs.remotes:
        url = remotes.get(name)
        if url is None and name not in world.state.refs:
            findings.fails("git_remote", name, FailureClass.GIT_REMOTE, f"there is no remote {name}")
        elif url and url.startswith("/") and world.exists(url) is False:
            findings.fails(
                "git_remote", name, FailureClass.GIT_REMOTE, f"remote {name} is at {url}, which is not there"
            )


def check_targets(use: CommandUse, cwd: str, world: ExpectedWorld, findings: Findings) -> None:
    """Check the make targets and npm scripts that a command names.

    Args:
        use: Any command.
        cwd: Its working directory.
        world: As it will be.
        findings: Where they go.
    """
    for target in (*make_targets(world.machine, use, cwd), *npm_scripts(world.machine, use, cwd)):
        _target(target, world, findings)


def _target(target: Target, world: ExpectedWorld, findings: Findings) -> None:
    if target.file is None and target.found is not True:
        place = world.absolute(target.expected_file)
        if place is not None and world.exists(place) is False:
            message = f"{target.expected_file} is not there"
            findings.fails("file_exists", target.expected_file, FailureClass.MISSING_FILE, message)
    elif target.file is None or not world.is_as_today(target.file):
        return
    elif target.found is False:
        message = f"{target.expected_file} has no {target.name}"
        findings.fails("target", target.name, FailureClass.UNKNOWN_TARGET, message)
    elif target.found and target.name:
        findings.passes("target", target.name, f"{target.expected_file} has {target.name}")


def check_ports(use: CommandUse, world: ExpectedWorld, findings: Findings) -> None:
    """Check that the ports that a command listens on are free.

    Args:
        use: Any command.
        world: As it will be.
        findings: Where they go.
    """
    for port in served_ports(use):
        check_port(port.number, port.host, world, findings)


def check_port(number: int, host: str, world: ExpectedWorld, findings: Findings) -> None:
    """Check that a port is free.

    Args:
        number: Of the port.
        host: The address; empty for all.
        world: As it will be.
        findings: Where they go.
    """
    subject = str(number)
    if not world.machine.port_taken(number, host):
        findings.passes("port_free", subject, f"port {number} is free")
    elif world.state.may_free_ports:
        findings.unsure("port_free", subject, f"port {number} is taken now; an earlier step may free it")
    else:
        findings.fails("port_free", subject, FailureClass.PORT_IN_USE, f"port {number} is in use")


def check_patch(use: CommandUse, reads: Iterable[PathUse], world: ExpectedWorld, findings: Findings) -> None:
    """Check that a patch was not applied already.

    Args:
        use: Any command.
        reads: What it reads, redirects too.
        world: As it will be.
        findings: Where they go.
    """
    how = patching(use)
    if how is None:
        return

    def read(path: str) -> str | None:
        place = world.absolute(path, use.scope)
        return world.machine.read_text(place) if place is not None and world.is_as_today(place) else None

    redirected = next((path.path for path in reads if path.via is Via.REDIRECT), None)
    name = how.patch or redirected
    patch = read(name) if name else None
    if name and patch and is_applied(patch, how, read):
        findings.fails("not_applied_yet", name, FailureClass.ALREADY_APPLIED, f"what {name} changes is changed already")
