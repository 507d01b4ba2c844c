"""People who share playbooks: a home, a key and a place in the allowed-signers file each, and one repository."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.core import Core
from capture.home import Home
from replay.governance.audit import Action
from replay.playbook import Playbook, PlaybookStep


@dataclass(frozen=True)
class Person:
    """Somebody at a home of their own."""

    name: str
    core: Core
    key: Path

    @property
    def home(self) -> Home:
        return self.core.home

    def make(self, name: str, command: str) -> str:
        """A draft that was compiled here; returns its NAME@V."""
        _, row = self.core._register.add(Playbook(name=name, steps=(PlaybookStep(run=command),)))
        self.core._audit.append(
            actor=self.name, action=Action.COMPILED, subject=row.ref, details={"digest": row.digest}
        )
        return row.ref

    def text(self, ref: str) -> str:
        return self.core.version(ref).text


class Team:
    """A bare repository, and who shares through it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = str(folder / "playbooks.git")
        git(folder, "init", "--quiet", "--bare", "--initial-branch=main", self.url)

    def person(self, name: str) -> Person:
        key = self.folder / f"{name}.key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key], check=True)
        return Person(name, Core(Home(self.folder / name).prepare(), actor=name), key)

    def believes(self, person: Person, *signers: Person) -> None:
        """Write whom a person's home believes, and nobody else."""
        lines = [f'{one.name}@example.org namespaces="replaybook" {_public(one)}' for one in signers]
        (person.home.path / "allowed_signers").write_text("\n".join([*lines, ""]))

    def commit(self, files: Mapping[str, bytes | tuple[str, str]]) -> None:
        """Put files on the branch past replaybook: contents, or a mode and an object id."""
        index = {"GIT_INDEX_FILE": str(self.folder / "index")}
        (self.folder / "index").unlink(missing_ok=True)
        for path, content in files.items():
            mode, blob = content if isinstance(content, tuple) else ("100644", self.blob(content))
            git(Path(self.url), "update-index", "--add", "--cacheinfo", f"{mode},{blob},{path}", env=index)
        tree = git(Path(self.url), "write-tree", env=index)
        made = git(Path(self.url), "-c", "user.name=m", "-c", "user.email=m@x", "commit-tree", tree, "-m", "by hand")
        git(Path(self.url), "update-ref", "refs/heads/main", made)

    def blob(self, content: bytes) -> str:
        return git(Path(self.url), "hash-object", "-w", "--stdin", given=content)

    def held(self, path: str) -> bytes:
        return subprocess.run(["git", "-C", self.url, "show", f"main:{path}"], check=True, capture_output=True).stdout

    def paths(self) -> list[str]:
        return git(Path(self.url), "ls-tree", "-r", "--name-only", "main").split()


def git(folder: Path, *arguments: str, given: bytes = b"", env: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        ["git", "-C", folder, *arguments],
        input=given,
        capture_output=True,
        check=True,
        env={**os.environ, **(env or {})},
    )
    return done.stdout.decode().strip()


def signed(document: bytes, key: Path, namespace: str = "replaybook") -> bytes:
    """As ssh-keygen signs it."""
    done = subprocess.run(
        ["ssh-keygen", "-Y", "sign", "-n", namespace, "-f", key], input=document, capture_output=True, check=True
    )
    return done.stdout


def _public(person: Person) -> str:
    return person.key.with_name(f"{person.key.name}.pub").read_text().strip()
