"""Playbook documents on disk: a file a version, written once, for people to read and edit."""

import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from capture.errors import BadInputError, UnknownNameError
from capture.home import Home
from replay import document
from replay.library import readings
from replay.library.durable import create_file, replace_file
from replay.library.naming import check_name, is_name, pick, split_ref
from replay.playbook import Compilation, Playbook

SUFFIX = ".yaml"
COMPILATION_SUFFIX = ".compile.json"


class Shelf:
    """The `playbooks/` folder of a home.

    Args:
        home: Whose.
        fresh: Is called before the folder is looked at, for who must bring in first what others have put there.
    """

    def __init__(self, home: Home, *, fresh: Callable[[], None] = lambda: None) -> None:
        self._folder = home.playbooks
        self._fresh = fresh

    def names(self) -> tuple[str, ...]:
        """Playbooks that have a version, sorted."""
        self._fresh()
        if not self._folder.is_dir():
            return ()
        names = (entry.name for entry in self._folder.iterdir())
        return tuple(sorted(name for name in names if is_name(name) and self.versions(name)))

    def versions(self, name: str) -> tuple[int, ...]:
        """The versions of a playbook, rising; none when there is no such playbook."""
        self._fresh()
        try:
            files = os.listdir(self._folder / name)  # noqa: PTH208 - a path for each name takes ten times as long
        except (FileNotFoundError, NotADirectoryError):
            return ()
        stems = (file.removesuffix(SUFFIX) for file in files if file.endswith(SUFFIX))
        return tuple(sorted(int(stem) for stem in stems if stem.isascii() and stem.isdigit()))

    def next_version(self, name: str) -> int:
        """The number that the next version would get."""
        return max(self.versions(name), default=0) + 1

    def path(self, name: str, version: int) -> Path:
        """Where a version's document is, or would be."""
        return self._folder / check_name(name) / f"{version}{SUFFIX}"

    def add(
        self,
        playbook: Playbook,
        *,
        compilation: Compilation | None = None,
        based_on: int | None = None,
        written: str | None = None,
        at_least: int = 1,
    ) -> tuple[Playbook, str]:
        """Write a playbook as the next version of its name.

        Args:
            playbook: Its own `version` doesn't count: the next free number does.
            compilation: The decisions that led to it, or to what a person made it of: kept beside it as they are.
            based_on: The version whose comments, order and layout it keeps; None: written afresh.
            written: The document as a person wrote it, which says just that playbook: it is kept but for its number.
            at_least: Numbers below are left free.

        Returns:
            The playbook as its file says it, and the file's text.

        Raises:
            BadInputError: Its name can't be used.
        """
        check_name(playbook.name)
        while True:
            number = max(self.next_version(playbook.name), at_least)
            numbered = msgspec.structs.replace(playbook, version=number)
            text = (
                self._written(numbered, based_on) if written is None else document.revise(written, playbook, numbered)
            )
            try:
                create_file(self.path(numbered.name, numbered.version), text.encode())
            except FileExistsError:
                # Another process took the number between our look and our write.
                continue
            if compilation is not None:
                compiled = msgspec.structs.replace(compilation.playbook, version=numbered.version)
                self._keep_compilation(msgspec.structs.replace(compilation, playbook=compiled))
            added, text = self.load(numbered.name, numbered.version)
            readings.keep(self.path(numbered.name, numbered.version), text, added)
            return added, text

    def text(self, name: str, version: int) -> str:
        """A version's document as its file holds it.

        Raises:
            UnknownNameError: There is no such version.
            BadInputError: The file is no UTF-8 text.
        """
        self._fresh()
        path = self.path(name, version)
        try:
            return path.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise UnknownNameError(self._no_version(name, version)) from None
        except UnicodeDecodeError as error:
            raise BadInputError(f"{path} is no UTF-8 text ({error.reason}); save it as UTF-8") from error

    def load(self, name: str, version: int, *, digest: str | None = None) -> tuple[Playbook, str]:
        """A version, and the text that it was read from.

        Args:
            name: Its playbook's, whole.
            version: Its number.
            digest: Where it is known, what was read from the same text before is taken.

        Raises:
            UnknownNameError: There is no such version.
            BadInputError: The file is no playbook, or another one's; the text says where.
        """
        text = self.text(name, version)
        path = self.path(name, version)
        known = readings.kept(path, text, digest) if digest else None
        playbook = known or document.load(text, where=str(path))
        if playbook.name != name:
            raise BadInputError(f"{path} says it is {playbook.name!r}, its folder says {name!r}; make them the same")
        return msgspec.structs.replace(playbook, version=version), text

    def compilation(self, name: str, version: int) -> Compilation | None:
        """The decisions that led to a version, with the playbook as it was compiled: the version may be an edit of it.

        None when it was not compiled, or they can't be read any more.
        """
        try:
            content = self._compilation_path(name, version).read_bytes()
            return msgspec.json.decode(content, type=Compilation)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return None

    def resolve(self, ref: str) -> tuple[str, int | None]:
        """What `NAME[@V]` means.

        Args:
            ref: The name may be an unambiguous prefix.

        Returns:
            The whole name, and the version where one was given.

        Raises:
            UnknownNameError: No such playbook or version, or more than one; the text lists the near ones.
            BadInputError: It can't be a reference.
        """
        given, version = split_ref(ref)
        # Most are named in full: all others need not be listed for that.
        name = given if is_name(given) and self.versions(given) else pick(given, self.names(), what="playbook")
        if version is not None and version not in self.versions(name):
            raise UnknownNameError(self._no_version(name, version))
        return name, version

    def _written(self, playbook: Playbook, based_on: int | None) -> str:
        """Its document, in the words of the version that it is based on."""
        if based_on is None:
            return document.dump(playbook)
        base, text = self.load(playbook.name, based_on)
        return document.revise(text, base, playbook)

    def _keep_compilation(self, compilation: Compilation) -> None:
        playbook = compilation.playbook
        replace_file(self._compilation_path(playbook.name, playbook.version), msgspec.json.encode(compilation))

    def _compilation_path(self, name: str, version: int) -> Path:
        return self.path(name, version).with_name(f"{version}{COMPILATION_SUFFIX}")

    def _no_version(self, name: str, version: int) -> str:
        known = self.versions(name)
        if not known:
            return f"there is no playbook {name!r}"
        return f"{name} has no version {version}; it has {', '.join(map(str, known))}"
