"""The repository in a home's `playbooks/`: bare on purpose, so that no git command can write into a version's file.

`refs/heads/BRANCH` is what the home has published, `refs/remotes/origin/BRANCH` what its remote held when it was last
asked. Only documents and their signatures are ever put in; what a remote sends is read from git's objects, and never
checked out.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from capture.errors import BadInputError, UnknownNameError
from capture.home import PRIVATE_FOLDER, Home
from capture.printable import printable
from capture.secrets.addresses import without_credentials
from replay.library.durable import ProcessLock
from replay.sharing.git.running import Git, GitError

FOLDER = ".git"
"""In `playbooks/`."""
FIRST_BRANCH = "main"
"""Where a remote has none yet."""
_REMOTE = "remote.origin.url"
_BRANCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,199}")
_OBJECT = re.compile(r"[0-9a-f]{40,64}")
_NEXT = b"refs/replaybook/next"
"""Where a commit is made that is not published yet."""
_ATTRIBUTES = b"* -text -merge\n"
"""Of a clone: bytes stay as they were signed, and a merge never writes markers into a document."""
ATTRIBUTES = ".gitattributes"


def shown_url(url: str) -> str:
    """A repository's address without a password or a token in it."""
    return printable(without_credentials(url))


class Repository:
    """A home's own repository.

    Args:
        home: Whose.
        interactive: Whether git and ssh may ask on this terminal.
    """

    def __init__(self, home: Home, *, interactive: bool = False) -> None:
        self.folder = home.playbooks / FOLDER
        self._git = Git(self.folder, interactive=interactive)

    @property
    def exists(self) -> bool:
        """Whether this home shares at all."""
        return (self.folder / "HEAD").is_file()

    def begin(self) -> None:
        """Make the repository where there is none."""
        if not self.exists:
            self.folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            self._git.run("init", "--quiet", "--bare", "--template=", f"--initial-branch={FIRST_BRANCH}")

    @contextmanager
    def held(self) -> Iterator[None]:
        """No other process publishes or fetches meanwhile."""
        self.begin()
        with ProcessLock(self.folder / "replaybook.lock").held():
            yield

    def remote(self) -> str | None:
        """The address that is published to and fetched from where none is given."""
        return self._git.ask("config", "--get", _REMOTE) if self.exists else None

    def remember(self, url: str) -> None:
        """Let that be the address from now on."""
        self._git.run("config", _REMOTE, url)

    def setting(self, name: str) -> str | None:
        """What the user's own configuration of git says, whatever a repository says."""
        return self._git.ask("config", "--global", "--get", name)

    def path_setting(self, name: str) -> Path | None:
        """The same of a path, `~` written out."""
        told = self._git.ask("config", "--global", "--type=path", "--get", name)
        return Path(told) if told else None

    def take(self, url: str, branch: str | None) -> tuple[str, str | None]:
        """Ask a remote what a branch is, and fetch it.

        Args:
            url: As git understands it.
            branch: Its name; None: what the remote calls its own.

        Returns:
            The branch's name and its commit; None: there is no such commit yet.

        Raises:
            BadInputError: It can't be an address or a branch.
            GitError: The remote can't be read, or sends too much.
        """
        branch = check_branch(branch) if branch else self._branch_of(url)
        tracked = f"refs/remotes/origin/{branch}"
        if not self._git.run("ls-remote", "--heads", "--", url, f"refs/heads/{branch}").strip():
            return branch, None
        try:
            self._git.run(
                "fetch",
                "--quiet",
                "--no-tags",
                "--no-write-fetch-head",
                "--no-auto-maintenance",
                "--force",
                "--",
                url,
                f"refs/heads/{branch}:{tracked}",
            )
        except GitError:
            for left in self.folder.glob("objects/pack/tmp_*"):
                left.unlink(missing_ok=True)
            raise
        return branch, self.commit(tracked)

    def commit(self, ref: str) -> str | None:
        """The commit that a ref names; None: there is none."""
        found = self._git.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        return found if found and _OBJECT.fullmatch(found) else None

    def listing(self, commit: str) -> bytes:
        """All files of a commit, as `tree.offered` reads them."""
        return self._git.run("ls-tree", "-r", "-z", "--long", "--full-tree", commit)

    def blobs(self, ids: Sequence[str]) -> dict[str, bytes]:
        """The contents of objects, by id."""
        if not ids:
            return {}
        answer = self._git.run("cat-file", "--batch", given="".join(f"{one}\n" for one in ids).encode())
        found, at = {}, 0
        for one in ids:
            end = answer.index(b"\n", at)
            _, kind, *size = answer[at:end].split(b" ")
            if kind != b"blob":
                raise GitError(f"object {one} of the repository is gone or no file; fetch again")
            at = end + 1 + int(size[0]) + 1
            found[one] = answer[end + 1 : at - 1]
        return found

    def put(self, base: str | None, files: Mapping[str, bytes], *, message: str, author: str, at: int) -> str:
        """Make a commit of a base's files and these beside or in place of them.

        Args:
            base: The commit that it follows; None: the first.
            files: Contents by path.
            message: What it does.
            author: As `NAME <ADDRESS>`.
            at: Seconds since 1970.

        Returns:
            The commit's id.
        """
        if base is None or not self._git.run("ls-tree", base, "--", ATTRIBUTES):
            files = {ATTRIBUTES: _ATTRIBUTES, **files}
        said = message.encode()
        stream = [b"reset %b\n\ncommit %b\n" % (_NEXT, _NEXT), f"committer {author} {at} +0000\n".encode()]
        stream += [b"data %d\n" % len(said), said, f"\nfrom {base}\n".encode() if base else b"\n"]
        for path, content in files.items():
            stream += [f"M 100644 inline {path}\ndata {len(content)}\n".encode(), content, b"\n"]
        # Of git's ways to make a commit the one that needs no index, no work tree and a single process.
        self._git.run("fast-import", "--quiet", "--force", given=b"".join(stream))
        made = self.commit(_NEXT.decode())
        if made is None:
            raise GitError(f"{self.folder} took no commit; look at its disk and permissions")
        return made

    def push(self, url: str, commit: str, branch: str, base: str | None) -> bool:
        """Make a remote's branch this commit, if it still is what this was based upon.

        Returns:
            Whether it did; False: somebody published meanwhile.

        Raises:
            GitError: It can't be reached, or refuses.
        """
        lease = f"--force-with-lease=refs/heads/{branch}:{base or ''}"
        try:
            self._git.run("push", "--quiet", "--no-verify", lease, "--", url, f"{commit}:refs/heads/{branch}")
        except GitError as error:
            if "stale info" in str(error) or "fetch first" in str(error) or "non-fast-forward" in str(error):
                return False
            raise
        self._git.run("update-ref", f"refs/remotes/origin/{branch}", commit)
        return True

    def settle(self, branch: str, commit: str) -> bool:
        """Let the home's own branch be this commit, where that holds all that the branch holds.

        Returns:
            Whether it is; False: others have pushed here what is not in it, and that stays.

        Raises:
            GitError: The repository can't be written.
        """
        ref = f"refs/heads/{branch}"
        was = self.commit(ref)
        if was is not None and self._git.ask("merge-base", was, commit) != was:
            return False
        try:
            self._git.run("update-ref", ref, commit, was or "")
        except GitError:
            if self.commit(ref) == was:
                raise
            return False
        self._git.run("symbolic-ref", "HEAD", ref)
        return True

    def own_branch(self) -> str:
        """What the home's own branch is called."""
        return self._git.ask("symbolic-ref", "--short", "HEAD") or FIRST_BRANCH

    def _branch_of(self, url: str) -> str:
        told = self._git.run("ls-remote", "--symref", "--", url, "HEAD").decode("utf-8", "replace")
        found = re.search(r"^ref: refs/heads/(\S+)\tHEAD$", told, re.MULTILINE)
        return check_branch(found[1]) if found else FIRST_BRANCH


def check_url(url: str) -> str:
    """An address that git may be given; a path is made absolute, for git runs elsewhere.

    Raises:
        BadInputError: It is none, or of a kind that is not spoken.
    """
    text = url.strip()
    if not text or text.startswith("-") or any(ord(one) < ord(" ") for one in text):
        raise BadInputError(f"{printable(url)!r} is no repository; give a path, or an address of https or ssh")
    scheme, colons, _ = text.partition("::")
    if colons and "/" not in scheme:
        raise BadInputError(f"{printable(scheme)}:: is not spoken here; give a path, or an address of https or ssh")
    path = Path(text).expanduser()
    return str(path.absolute()) if path.exists() else text


def check_branch(branch: str) -> str:
    """A branch's name.

    Raises:
        BadInputError: It can't be one.
    """
    wrong = ("..", "//", "@{", "/.", "./")
    if not _BRANCH.fullmatch(branch) or branch.endswith((".", "/", ".lock")) or any(one in branch for one in wrong):
        raise BadInputError(f"{printable(branch)!r} is no branch; give letters, digits and . _ - / only")
    return branch


def missing_remote() -> UnknownNameError:
    """What is said where no address is known."""
    return UnknownNameError("no repository is known yet; name it: replaybook publish --to URL, or fetch URL")
