"""Looks git refs and remotes up in a repository's own files, without running git."""

import os.path
import re
from collections.abc import Callable, Mapping
from itertools import pairwise

import msgspec

from replay.conditions.world import Machine
from replay.syntax import CommandUse, Word
from replay.syntax.operands import Arguments, git_words, read_arguments
from replay.syntax.tools import Tool
from replay.syntax.wrappers import base_name

ALWAYS = frozenset({"HEAD", "ORIG_HEAD", "FETCH_HEAD", "MERGE_HEAD", "CHERRY_PICK_HEAD", "@", "-", "stash"})
OBJECT = re.compile(r"[0-9a-f]{4,64}")
BEHIND_REF = re.compile(r"[\^~:].*|@\{.*")
RANGE = re.compile(r"[^./:][^:]*?\.{2,3}(?:[^./:][^:]*)?")
SECTION = re.compile(r'^\s*\[(\w+)(?:\s+"((?:[^"\\]|\\.)*)")?\]', re.MULTILINE)
IGNORES_MODES = re.compile(r"(?im)^\s*filemode\s*=\s*false\b")
URL = re.compile(r"^\s*url\s*=\s*(.+?)\s*$", re.MULTILINE)
PLACES = ("{}", "refs/{}", "refs/tags/{}", "refs/heads/{}", "refs/remotes/{}", "refs/remotes/{}/HEAD")
MEANT = ("refs/tags/{}", "refs/heads/{}", "refs/remotes/{}")
MESSAGES = Tool(valued="-m -F -X --message --file --strategy --author --date --format --onto -o --output --prefix")
ADDRESS = re.compile(r"[/:\\]|^\.")
CHANGED_ONLY = "-m -M -c -C -f --force --move --copy -u --set-upstream-to --edit-description"
NAMES_REMOTE = frozenset({"remove", "rm", "rename", "set-url", "show", "get-url"})
SHOWN_ONLY = "-a -r -v -vv -l --list --all --remotes --show-current --contains --merged --no-merged --points-at -n"


class Repository:
    """A repository as its files tell.

    Args:
        machine: Where they are.
        folder: Its `.git` folder; `common` is that of the main tree, where this is a worktree.
    """

    def __init__(self, machine: Machine, folder: str) -> None:
        self._machine, self.folder = machine, folder
        common = machine.read_text(f"{folder}/commondir")
        self.common = os.path.normpath(os.path.join(folder, common.strip())) if common else folder  # noqa: PTH118
        packed = machine.read_text(f"{self.common}/packed-refs") or ""
        rows = (line.split(" ", 1) for line in packed.splitlines() if " " in line and line[0] not in "#^")
        self._packed = {name: commit for commit, name in rows}

    @property
    def branch(self) -> str | None:
        """The branch that it stands on; None when that is none, or the files don't tell."""
        head = (self._machine.read_text(f"{self.folder}/HEAD") or "").strip()
        return head.removeprefix("ref: refs/heads/") if head.startswith("ref: refs/heads/") else None

    @property
    def notes_modes(self) -> bool:
        """Whether a commit notes whether a file is executable, as far as its own configuration tells."""
        return not IGNORES_MODES.search(self._machine.read_text(f"{self.common}/config") or "")

    @property
    def locked(self) -> bool:
        """Whether a git process is at work on the index, or died while it was."""
        return self._machine.exists(f"{self.folder}/index.lock")

    def head(self) -> tuple[str | None, str | None]:
        """The branch that is checked out, and the commit; None for what the files don't tell."""
        text = (self._machine.read_text(f"{self.folder}/HEAD") or "").strip()
        if not text.startswith("ref: refs/heads/"):
            return None, text if OBJECT.fullmatch(text) else None
        loose = self._machine.read_text(f"{self.common}/{text.removeprefix('ref: ')}")
        return text.removeprefix("ref: refs/heads/"), loose.strip() if loose else None

    def has_ref(self, name: str) -> bool | None:
        """Whether a name means a commit here.

        Args:
            name: As given to git.

        Returns:
            None when the files don't tell.
        """
        base = BEHIND_REF.sub("", name)
        if base in ALWAYS or not base:
            return True
        if any(self._stored(place.format(base)) for place in PLACES):
            return True
        unreadable = self._machine.exists(f"{self.common}/reftable") or OBJECT.fullmatch(base) or base.startswith("-")
        return None if unreadable else False

    def meant_by(self, name: str) -> str | None:
        """The hash that the files hold for a tag or a branch; None when they hold none."""
        for place in MEANT:
            ref = place.format(name)
            loose = self._machine.read_text(f"{self.common}/{ref}")
            if loose or ref in self._packed:
                return loose.strip() if loose else self._packed[ref]
        return None

    def has_branch(self, name: str) -> bool | None:
        """Whether a local branch of that name is here."""
        return self._stored(f"refs/heads/{name}") or self._or_unreadable()

    def has_tag(self, name: str) -> bool | None:
        """Whether a tag of that name is here."""
        return self._stored(f"refs/tags/{name}") or self._or_unreadable()

    def has_on_remote(self, name: str) -> bool:
        """Whether some remote has a branch of that name, so that checkout makes a local one."""
        loose = self._machine.matches(f"{self.common}/refs/remotes/*/{name}")
        return bool(loose) or any(re.fullmatch(rf"refs/remotes/[^/]+/{re.escape(name)}", ref) for ref in self._packed)

    def tracks(self, path: str) -> bool:
        """Whether the index knows a path (or something below it), so that it can be checked out again."""
        index = self._machine.read_text(f"{self.folder}/index") or ""
        return path.strip("./") in index

    def remotes(self) -> dict[str, str] | None:
        """URL by name; None when the configuration is spread over more files."""
        config = self._machine.read_text(f"{self.common}/config")
        if config is None:
            return None
        sections = list(SECTION.finditer(config))
        found: dict[str, str] = {}
        for at, section in enumerate(sections):
            end = sections[at + 1].start() if at + 1 < len(sections) else len(config)
            if section[1].lower().startswith("include"):
                return None
            if section[1] == "remote" and section[2]:
                url = URL.search(config, section.end(), end)
                found[section[2]] = url[1] if url else ""
        return found

    def _or_unreadable(self) -> bool | None:
        return None if self._machine.exists(f"{self.common}/reftable") else False

    def _stored(self, ref: str) -> bool:
        if ref in self._packed:
            return True
        places = (f"{folder}/{ref}" for folder in {self.folder, self.common})
        return any(self._machine.exists(place) and not self._machine.is_dir(place) for place in places)


def find_repository(machine: Machine, cwd: str) -> Repository | None:
    """The repository that a directory lies in."""
    here = cwd
    while True:
        place = os.path.join(here, ".git")  # noqa: PTH118 - paths of the shell's world
        if machine.is_dir(place):
            return Repository(machine, place)
        text = machine.read_text(place)
        if text and text.startswith("gitdir:"):
            return Repository(machine, os.path.normpath(os.path.join(here, text[7:].strip())))  # noqa: PTH118
        parent = os.path.dirname(here)  # noqa: PTH120 - as above
        if parent == here:
            return None
        here = parent


class GitNeeds(msgspec.Struct, frozen=True, kw_only=True):
    """What a git command wants of its repository."""

    verb: str
    refs: tuple[str, ...] = ()
    """Must mean a commit."""
    refs_or_paths: tuple[str, ...] = ()
    """Must mean a commit, or be a path."""
    new_branches: tuple[str, ...] = ()
    """Must not be there yet."""
    new_tags: tuple[str, ...] = ()
    remotes: tuple[str, ...] = ()
    """Must be configured."""
    new_remotes: tuple[str, ...] = ()
    repository: bool = True
    """It must stand in a repository."""
    index: bool = False
    """It must be able to lock the index."""


WANTS_INDEX = frozenset(
    {"add", "am", "checkout", "cherry-pick", "commit", "merge", "mv", "pull", "rebase", "reset", "restore", "revert"}
    | {"rm", "stash", "switch"}
)
ANYWHERE = frozenset({"clone", "init", "config", "help", "version", "ls-remote", "credential", "lfs"})


def git_needs(use: CommandUse) -> GitNeeds | None:
    """What a command wants of the repository that it runs in.

    Args:
        use: A command.

    Returns:
        None when it is no git command, or which one only a run can tell.
    """
    if base_name(use.name) != "git":
        return None
    words = git_words(use)
    verb = words[0].value if words else None
    if verb is None:
        return None
    arguments = read_arguments(_before_paths(words[1:]), MESSAGES)
    found = GitNeeds(verb=verb, repository=verb not in ANYWHERE, index=verb in WANTS_INDEX)
    plain = tuple(word.value for word in arguments.operands if word.value is not None and not word.glob)
    wants = WANTS.get(verb)
    has_paths = any(word.value == "--" for word in words)
    changes = wants(plain, arguments, has_paths) if wants else {}
    return msgspec.structs.replace(found, **changes)


Wanted = dict[str, tuple[str, ...]]


def _checkout(plain: tuple[str, ...], arguments: Arguments, has_paths: bool) -> Wanted:  # noqa: FBT001 - one of a table
    if arguments.given("-b -c --create"):
        return {"new_branches": plain[:1], "refs": plain[1:2]}
    if arguments.given("-B -C --force-create --orphan --detach -d -p --patch --ours --theirs"):
        return {}
    return {"refs" if has_paths else "refs_or_paths": plain[:1]}


def _switch(plain: tuple[str, ...], arguments: Arguments, has_paths: bool) -> Wanted:  # noqa: FBT001 - one of a table
    del has_paths
    return _checkout(plain, arguments, True)


def _merge(plain: tuple[str, ...], arguments: Arguments, has_paths: bool) -> Wanted:  # noqa: FBT001 - one of a table
    del has_paths
    if arguments.given("--abort --continue --skip --quit --root --onto"):
        return {}
    return {"refs": tuple(name for name in plain[:1] if ".." not in name)}


def _branch(plain: tuple[str, ...], arguments: Arguments, has_paths: bool) -> Wanted:  # noqa: FBT001 - one of a table
    del has_paths
    if arguments.given(f"{SHOWN_ONLY} {CHANGED_ONLY}"):
        return {}
    if arguments.given("-d -D --delete"):
        return {"refs": plain}
    return {"new_branches": plain[:1], "refs": plain[1:2]}


def _tag(plain: tuple[str, ...], arguments: Arguments, has_paths: bool) -> Wanted:  # noqa: FBT001 - one of a table
    del has_paths
    if arguments.given("-l --list -n -f --force --contains --points-at"):
        return {}
    if arguments.given("-d --delete -v"):
        return {"refs": plain}
    return {"new_tags": plain[:1], "refs": plain[1:2]}


def _exchange(plain: tuple[str, ...], arguments: Arguments, has_paths: bool) -> Wanted:  # noqa: FBT001 - one of a table
    del arguments, has_paths
    return {"remotes": tuple(name for name in plain[:1] if not ADDRESS.search(name))}


def _push(plain: tuple[str, ...], arguments: Arguments, has_paths: bool) -> Wanted:  # noqa: FBT001 - one of a table
    found = _exchange(plain, arguments, has_paths)
    if arguments.given("-d --delete"):
        return found
    sources = (name.lstrip("+").partition(":")[0] for name in plain[1:])
    return {**found, "refs": tuple(name for name in sources if name)}


def _remote(plain: tuple[str, ...], arguments: Arguments, has_paths: bool) -> Wanted:  # noqa: FBT001 - one of a table
    del arguments, has_paths
    if plain[:1] == ("add",):
        return {"new_remotes": plain[1:2]}
    return {"remotes": plain[1:2]} if plain and plain[0] in NAMES_REMOTE else {}


def _show(plain: tuple[str, ...], arguments: Arguments, has_paths: bool) -> Wanted:  # noqa: FBT001 - one of a table
    del arguments
    names = tuple(name for name in plain[:2] if ".." not in name and ":" not in name)
    ends = tuple(end for name in plain if RANGE.fullmatch(name) for end in re.split(r"\.{2,3}", name) if end)
    return {"refs": names + ends} if has_paths else {"refs": ends, "refs_or_paths": names}


def _commit(plain: tuple[str, ...], arguments: Arguments, has_paths: bool) -> Wanted:  # noqa: FBT001 - one of a table
    del arguments, has_paths
    return {"refs": tuple(name for name in plain[:1] if ":" not in name)}


WANTS: Mapping[str, Callable[[tuple[str, ...], Arguments, bool], Wanted]] = {
    "archive": _commit,
    "branch": _branch,
    "checkout": _checkout,
    "cherry-pick": _merge,
    "describe": _commit,
    "diff": _show,
    "fetch": _exchange,
    "log": _show,
    "merge": _merge,
    "pull": _exchange,
    "push": _push,
    "rebase": _merge,
    "remote": _remote,
    "reset": _show,
    "revert": _merge,
    "show": _show,
    "switch": _switch,
    "tag": _tag,
}


def made_by_git(use: CommandUse) -> tuple[frozenset[str], bool]:
    """The refs that a git command makes, and whether it may make others.

    Args:
        use: A git command.
    """
    needs = git_needs(use)
    if needs is None:
        return frozenset(), True
    words = [word.value for word in git_words(use) if word.value]
    renamed = words[-1:] if needs.verb == "branch" and {"-m", "-M", "-c", "-C", "-f"} & set(words) else []
    forced = [after for option, after in pairwise(words) if option in {"-B", "-C", "--orphan", "-f"}]
    unsure = needs.verb in {"clone", "init", "fetch", "pull", "worktree", "submodule", "subtree", "bundle", "svn", "am"}
    made = frozenset({*needs.new_branches, *needs.new_tags, *renamed, *forced, *needs.new_remotes})
    return made, unsure or (needs.verb == "remote" and "add" in words)


def may_make_refs(machine: Machine, use: CommandUse, cwd: str | None) -> bool:
    """Whether the text of what a program runs speaks of git.

    Args:
        machine: Where the text is.
        use: The command.
        cwd: Its working directory.
    """
    if cwd is None:
        return True
    named = [word.value for word in use.words if word.value]
    texts = (machine.read_text(os.path.join(cwd, name)) for name in (*named, "Makefile", "package.json"))  # noqa: PTH118
    return any(re.search(r"\bgit\b", text) for text in texts if text)


def _before_paths(words: tuple[Word, ...]) -> tuple[Word, ...]:
    return next((words[:at] for at, word in enumerate(words) if word.value == "--"), words)
