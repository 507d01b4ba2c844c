"""Two people, two homes and one repository between them: what goes out, what comes in, and what it is worth there."""

import json
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.cli.main import run
from app.sharing_told import fetched_lines
from capture.errors import BadInputError, RefusedError, UnknownNameError
from replay.document import dump
from replay.governance.policy import UnprovenError
from replay.library.durable import content_of
from replay.library.shelf import Shelf
from replay.playbook import Parameter, ParameterType, Playbook, PlaybookStep, VersionStatus
from replay.sharing import beside
from replay.sharing.git import running
from replay.sharing.git.repository import Repository, shown_url
from replay.sharing.git.running import GitError
from replay.sharing.values import Standing
from tests.sharing import Person, Team, git, signed
from tests.sshd import Key, hosts_in

pytestmark = pytest.mark.skipif(
    not (shutil.which("git") and shutil.which("ssh-keygen")), reason="sharing needs git and ssh-keygen"
)


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return Team(tmp_path)


@pytest.fixture
def ann(team: Team) -> Iterator[Person]:
    person = team.person("ann")
    yield person
    person.core.close()


@pytest.fixture
def bob(team: Team, ann: Person) -> Iterator[Person]:
    person = team.person("bob")
    team.believes(person, ann, person)
    team.believes(ann, ann, person)
    yield person
    person.core.close()


def publish(person: Person, *refs: str, **more: Any) -> list[tuple[int, int, bool]]:
    done = person.core.publish(refs, key=str(person.key), **more)
    return [(one.version, one.theirs, one.new) for one in done.versions]


def fetch(person: Person, team: Team, *wanted: str) -> list[tuple[str, int, Standing]]:
    done = person.core.fetch(wanted, source=team.url)
    return [(f"{one.playbook}@{one.version}", one.theirs, one.signature.standing) for one in done.versions]


def document(name: str, version: int, command: str) -> bytes:
    return dump(Playbook(name=name, version=version, steps=(PlaybookStep(run=command),))).encode()


def test_a_signed_version_comes_as_a_draft_that_says_who_signed(team: Team, ann: Person, bob: Person) -> None:
    ann.make("site", "echo 1")
    assert publish(ann, "site", to=team.url) == [(1, 1, True)]
    assert team.paths() == [".gitattributes", "site/1.yaml", "site/1.yaml.sig"]
    assert fetch(bob, team) == [("site@1", 1, Standing.SIGNED)]
    assert bob.text("site@1") == ann.text("site@1") == team.held("site/1.yaml").decode()
    assert bob.core.version("site@1").status is VersionStatus.DRAFT
    last = bob.core._audit.entries()[-1]
    assert (last.action, last.subject, last.details["signer"]) == ("fetched", "site@1", "ann@example.org")
    assert [one.action for one in ann.core._audit.entries()] == ["compiled", "published"]
    assert bob.core.lineage("site")[0].how == "fetched from playbooks.git as site@1, signed by ann@example.org"
    # As any other draft: it is a validation that is missing, and nothing else.
    with pytest.raises(UnprovenError, match=r"site@1 can't be promoted: it was never validated; validate it"):
        bob.core.promote("site@1")
    assert fetch(bob, team) == []
    assert publish(ann, "site") == [(1, 1, False)]


def test_a_long_history_is_read_once_and_not_once_a_version(
    team: Team, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[Path] = []
    content, text = content_of, Shelf.text

    def counted(path: Path) -> bytes | None:
        reads.append(path)
        return content(path)

    def counted_text(shelf: Shelf, name: str, version: int) -> str:
        reads.append(shelf.path(name, version))
        return text(shelf, name, version)

    monkeypatch.setattr(beside, "content_of", counted)
    monkeypatch.setattr(Shelf, "text", counted_text)
    versions = 6
    team.commit({f"site/{one}.yaml": document("site", one, f"echo {one}") for one in range(1, versions + 1)})
    assert len(fetch(bob, team)) == versions
    assert len(reads) < 2 * versions
    reads.clear()
    assert fetch(bob, team) == []
    assert len(reads) == 2 * versions, "the document, and as it was published"


def test_what_a_killed_publish_did_not_note_is_noted_by_the_next(team: Team, ann: Person) -> None:
    ann.make("site", "echo 1")
    publish(ann, "site", to=team.url)
    (ann.home.playbooks / "site" / "1.yaml.sig").unlink()
    assert publish(ann, "site") == [(1, 1, False)]
    assert [one.action for one in ann.core._audit.entries()] == ["compiled", "published", "published"]
    assert (ann.home.playbooks / "site" / "1.yaml.sig").read_bytes() == team.held("site/1.yaml.sig")


def test_two_people_who_made_the_same_number_keep_both(team: Team, ann: Person, bob: Person) -> None:
    mine, yours = ann.make("site", "echo ann"), bob.make("site", "echo bob")
    before = bob.text(yours)
    publish(ann, mine, to=team.url)
    assert fetch(bob, team) == [("site@2", 1, Standing.SIGNED)]
    assert bob.text("site@1") == before
    assert publish(bob, "site@1", to=team.url) == [(1, 2, True)]
    assert fetch(ann, team) == [("site@2", 2, Standing.SIGNED)]
    assert (fetch(ann, team), fetch(bob, team)) == ([], [])
    assert publish(bob, "site@1", "site@2") == [(1, 2, False), (2, 1, False)]
    texts = "".join(person.text(f"site@{version}") for person in (ann, bob) for version in (1, 2))
    assert "<<<<" not in texts
    assert team.held(".gitattributes") == b"* -text -merge\n"
    # Renumbered, it is still what was signed, and found so again.
    with pytest.raises(UnprovenError, match="it was never validated"):
        bob.core.promote("site@2")


def test_what_nobody_vouches_for_wants_an_override(team: Team, ann: Person, bob: Person) -> None:
    found = "its signature is not of this document"
    made: dict[str, tuple[Callable[[bytes], bytes | None], Standing, str]] = {
        "bare": (lambda _: None, Standing.UNSIGNED, "it is not signed"),
        "altered": (lambda text: signed(text + b"#\n", ann.key), Standing.WRONG, found),
        "purpose": (lambda text: signed(text, ann.key, "git"), Standing.WRONG, found),
        "stranger": (lambda text: signed(text, team.person("eve").key), Standing.STRANGER, "lacks"),
        "rubbish": (lambda _: b"-----BEGIN SSH SIGNATURE-----\n\x1b[2J\n", Standing.WRONG, found),
    }
    files: dict[str, bytes] = {}
    for name, (sign, _, _) in made.items():
        text = document(name, 7, "rm -rf build")
        files |= {f"{name}/7.yaml": text} | {f"{name}/7.yaml.sig": one for one in (sign(text),) if one}
    team.commit(files)
    assert fetch(bob, team) == [(f"{name}@7", 7, made[name][1]) for name in sorted(made)]
    for name, (_, _, why) in made.items():
        with pytest.raises(UnprovenError, match=f"{name}@7 can't be promoted: it came from .*{why}.*--override REASON"):
            bob.core.promote(f"{name}@7")
        assert bob.core.promote(f"{name}@7", override="read every line").status is VersionStatus.ACTIVE
        assert why in bob.core._audit.entries()[-1].details["lacks"]


def test_a_signature_that_comes_later_counts(team: Team, ann: Person, bob: Person) -> None:
    ann.make("site", "echo 1")
    publish(ann, "site", to=team.url, unsigned=True)
    bob.make("site", "echo mine")
    assert fetch(bob, team) == [("site@2", 1, Standing.UNSIGNED)]
    with pytest.raises(RefusedError, match="it is not signed"):
        bob.core.promote("site@2")
    assert publish(ann, "site") == [(1, 1, True)]
    found = bob.core.fetch()
    assert (found.versions, found.known) == ((), 1)
    assert next(fetched_lines(found)) == "site@2 has a signature now: signed by ann@example.org"
    with pytest.raises(UnprovenError, match="it was never validated"):
        bob.core.promote("site@2")
    assert bob.core.fetch().signed == ()


def test_trust_is_asked_for_at_each_promotion(team: Team, ann: Person, bob: Person) -> None:
    publish(ann, ann.make("site", "echo 1"), to=team.url)
    team.believes(bob)
    assert fetch(bob, team) == [("site@1", 1, Standing.STRANGER)]
    with pytest.raises(UnprovenError, match="it came from"):
        bob.core.promote("site@1")
    team.believes(bob, ann)
    with pytest.raises(UnprovenError, match="never validated"):
        bob.core.promote("site@1")
    (bob.home.path / "revoked_signers").write_bytes(ann.key.with_name("ann.key.pub").read_bytes())
    with pytest.raises(UnprovenError, match=r"does not let ann@example\.org sign"):
        bob.core.promote("site@1")


def test_an_edit_of_what_nobody_vouches_for_is_not_vouched_for(team: Team, bob: Person) -> None:
    team.commit({"site/1.yaml": document("site", 1, "echo 1")})
    fetch(bob, team)
    bob.core.write("site@1", bob.text("site@1").replace("echo 1", "echo 2"), where="edit")
    with pytest.raises(UnprovenError, match=r"site@2 can't be promoted: it was made of site@1: it came from"):
        bob.core.promote("site@2")
    with pytest.raises(RefusedError, match="site@2 is not signed in your name"):
        publish(bob, "site@2")
    path = bob.home.playbooks / "site" / "1.yaml"
    path.write_text(path.read_text().replace("echo 1", "echo 3"))
    with pytest.raises(UnprovenError, match="was edited since in its own file"):
        bob.core.promote("site@1")


def test_a_lost_catalog_still_knows_where_a_version_came_from(team: Team, bob: Person) -> None:
    team.commit({"site/1.yaml": document("site", 1, "echo 1")})
    fetch(bob, team)
    bob.core.close()
    bob.home.catalog.unlink()
    again = type(bob.core)(bob.home, actor="bob")
    assert again._register.row("site", 1).made_from == (f"git:{team.url}#site@1",)
    with pytest.raises(UnprovenError, match="it came from"):
        again.promote("site@1")
    again.close()


def test_a_hostile_tree_gives_nothing_but_plain_documents(team: Team, bob: Person, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("replaybook: 1\nname: link\nversion: 1\nsteps: []\n")
    link = team.blob(str(secret).encode())
    good = document("good", 1, "echo \x1b]0;title\x07")
    bomb = b"a: &a [x,x]\nb: &b [*a,*a]\nreplaybook: 1\nname: bomb\nversion: 1\nsteps: []\n"
    team.commit(
        {
            ".gitattributes": b"*.yaml filter=evil\n",
            "README.md": b"hello",
            "good/1.yaml": good,
            "good/1.yaml.sig": ("120000", link),
            "link/1.yaml": ("120000", link),
            "other/1.yaml": document("good", 1, "echo 2"),
            "late/2.yaml": document("late", 1, "echo 2"),
            "bomb/1.yaml": bomb,
            "big/1.yaml": b"#" * (4 << 20) + b"\n",
            "UPPER/1.yaml": good,
            "good/01.yaml": good,
            "deep/er/1.yaml": good,
            "bytes/1.yaml": b"\xff\xfe",
        }
    )
    done = bob.core.fetch(source=team.url)
    assert [(one.playbook, one.signature.standing) for one in done.versions] == [("good", Standing.UNSIGNED)]
    assert {one.what for one in done.left_out} == {
        "good/1.yaml.sig", "link/1.yaml", "other/1.yaml", "late/2.yaml", "bomb/1.yaml", "big/1.yaml", "bytes/1.yaml",
    }  # fmt: skip
    assert {path.name for path in bob.home.playbooks.iterdir()} == {".git", "good"}
    assert not any(path.is_symlink() for path in bob.home.path.rglob("*"))


def test_no_hook_runs_and_nothing_can_be_checked_out(team: Team, ann: Person, tmp_path: Path) -> None:
    ann.make("site", "echo 1")
    ann.core.publish(["site"], here=True, key=str(ann.key))
    ran = tmp_path / "ran"
    for name in ("reference-transaction", "pre-push", "post-commit"):
        hook = ann.home.playbooks / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch {ran}\n")
        hook.chmod(0o755)
    publish(ann, "site", to=team.url)
    ann.core.fetch()
    assert not ran.exists()
    assert git(ann.home.playbooks, "rev-parse", "--is-bare-repository") == "true"
    modes = {oct(path.stat().st_mode & 0o077) for path in (ann.home.playbooks / "site").iterdir()}
    assert modes == {"0o0"}


@pytest.mark.parametrize("url", ["ext::sh -c touch% /tmp/x", "-oProxyCommand=x", "fd::3", "", "a\nb"])
def test_an_address_that_is_none_is_refused(bob: Person, url: str) -> None:
    with pytest.raises(BadInputError, match="give a path, or an address"):
        bob.core.fetch(source=url)


def test_only_some_protocols_are_spoken_and_none_that_failed_is_remembered(bob: Person) -> None:
    with pytest.raises(GitError, match="transport 'git' not allowed"):
        bob.core.fetch(source="git://127.0.0.1:9/x")
    with pytest.raises(UnknownNameError, match="no repository is known yet"):
        bob.core.fetch()


def test_a_remote_that_sends_too_much_is_left(team: Team, bob: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    team.commit({"noise": secrets.token_bytes(1 << 20), "site/1.yaml": document("site", 1, "echo 1")})
    monkeypatch.setattr(running, "MAX_FILE_BYTES", 256 << 10)
    with pytest.raises(GitError, match="git fetch failed"):
        bob.core.fetch(source=team.url)
    assert list((bob.home.playbooks / ".git" / "objects" / "pack").glob("tmp_*")) == []
    assert bob.core.playbooks() == ()


def test_a_repository_behind_ssh_is_reached_as_the_user_reaches_it(
    team: Team, ann: Person, bob: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hosts_in(tmp_path / "h") as hosts:
        hosts.add("box")
        hosts.add("forged", key=Key.WRONG)
        monkeypatch.setenv("PATH", hosts.path)
        ann.make("site", "echo 1")
        assert publish(ann, "site", to=f"ssh://box{team.url}") == [(1, 1, True)]
        assert [one.theirs for one in bob.core.fetch(source=f"box:{team.url}").versions] == [1]
        # Nobody is asked, and nothing is taken from a host that is another one than it was.
        with pytest.raises(GitError, match="Host key verification failed"):
            bob.core.fetch(source=f"ssh://forged{team.url}")


def test_a_secret_does_not_leave(team: Team, ann: Person) -> None:
    ref = ann.make("deploy", "curl -H 'Authorization: Bearer ghp_0123456789abcdefghijABCDEFGHIJ012345' https://x")
    with pytest.raises(RefusedError, match=r"deploy@1 holds a secret \(.*, line \d+\) and is not published"):
        publish(ann, ref, to=team.url)
    pin = Parameter(type=ParameterType.SECRET, default="4711")
    ann.core._register.add(Playbook(name="safe", parameters={"pin": pin}, steps=(PlaybookStep(run="open {{pin}}"),)))
    with pytest.raises(RefusedError, match="safe@1 says what its secret pin is by default"):
        publish(ann, "safe", to=team.url)
    assert git(Path(team.url), "for-each-ref") == ""


def test_who_publishes_meanwhile_is_not_overwritten(
    team: Team, ann: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, yours = ann.make("site", "echo ann"), bob.make("site", "echo bob")
    push, pushed = Repository.push, list[bool]()

    def late(self: Repository, *arguments: Any) -> bool:
        if not pushed:
            pushed.append(True)
            publish(bob, yours, to=team.url)
        return push(self, *arguments)

    monkeypatch.setattr(Repository, "push", late)
    assert publish(ann, mine, to=team.url) == [(1, 2, True)]
    assert b"echo bob" in team.held("site/1.yaml")
    assert b"echo ann" in team.held("site/2.yaml")
    assert b"version: 2" in team.held("site/2.yaml")


def test_what_others_pushed_into_a_home_stays_there(team: Team, ann: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = ann.make("site", "echo 1"), ann.make("site", "echo 2")
    publish(ann, first, here=True)
    own = ann.home.playbooks / ".git"
    before = git(own, "rev-parse", "main")
    # Another history than the home's own: neither is in the other.
    publish(ann, second, to=team.url)
    assert git(own, "rev-parse", "main") == before
    assert team.paths() == [".gitattributes", "site/2.yaml", "site/2.yaml.sig"]
    settle, pushed = Repository.settle, list[str]()

    def late(self: Repository, *arguments: str) -> bool:
        if not pushed:
            who = {f"GIT_{one}_{what}": "bob@x" for one in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
            pushed.append(git(own, "commit-tree", f"{before}^{{tree}}", "-p", before, "-m", "theirs", env=who))
            git(own, "update-ref", "refs/heads/main", pushed[0])
        return settle(self, *arguments)

    monkeypatch.setattr(Repository, "settle", late)
    assert publish(ann, second, here=True) == [(2, 2, True)]
    assert git(own, "rev-parse", "main~1") == pushed[0]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://ann:p@ss@example.org/a.git", "https://example.org/a.git"),
        ("https://ghp_0123@example.org/a.git", "https://example.org/a.git"),
        ("ssh://git@example.org/a.git", "ssh://git@example.org/a.git"),
        ("ssh://git:pass@example.org/a.git", "ssh://example.org/a.git"),
        ("git@example.org:a.git", "git@example.org:a.git"),
        (
            "could not read Password for 'https://ghp_0123@example.org'",
            "could not read Password for 'https://example.org'",
        ),
        ("http://ann:pass@otel:4318/x?token=t&a=b", "http://otel:4318/x?…"),
        ("s3://KEY:secret@runs/ops", "s3://runs/ops"),
        ("abfss://runs@ops.example.net/x?sig=s is none", "abfss://runs@ops.example.net/x?… is none"),
    ],
)
def test_an_address_is_shown_without_what_opens_it(url: str, shown: str) -> None:
    assert shown_url(url) == shown


def test_the_command_line_publishes_here_and_fetches_from_there(
    ann: Person, bob: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    ann.make("site", "echo 1")
    homes = {person.name: ["--home", str(person.home.path)] for person in (ann, bob)}
    assert run([*homes["ann"], "settings", "sharing.key", str(ann.key)]) == 0
    assert run([*homes["ann"], "publish", "site", "--here"]) == 0
    assert "published to the repository of this home, branch main" in capsys.readouterr().out
    theirs = str(ann.home.playbooks)
    assert run([*homes["bob"], "fetch", theirs, "--name", "site", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(one["version"], one["signature"]["signer"]) for one in told["versions"]] == [(1, "ann@example.org")]
    assert run([*homes["bob"], "fetch"]) == 0
    assert "0 new drafts from" in capsys.readouterr().out
    assert run([*homes["bob"], "fetch", theirs.replace("ann", "nobody")]) == 1
    told = capsys.readouterr().err
    assert "does not appear to be a git repository; look at the repository, and at your access to it" in told
    assert "report" not in told
    assert run([*homes["bob"], "publish", "site", "--here"]) == 2
    assert "no key signs what leaves" in capsys.readouterr().err
    assert run([*homes["bob"], "publish", "site", "--here", "--unsigned"]) == 0
    assert "not signed" in capsys.readouterr().out
