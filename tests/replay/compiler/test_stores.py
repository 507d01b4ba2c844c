"""Tests of effects in the stores of bare git repositories."""

from capture.trace import EffectOp, FileEffect, FileType
from replay.compiler.stores import bare_repositories, in_stores
from replay.matching.effects import EffectsMismatch, match_effects
from replay.playbook import ExpectedEffect
from tests.data.sessions import all_sessions

REPOSITORIES = frozenset({"hub.git/"})
OBJECT = "hub.git/objects/0c/" + "9f" * 19
OTHER = "hub.git/objects/e1/" + "4a" * 19


def _effect(path: str, *, directory: bool = False) -> ExpectedEffect:
    return ExpectedEffect(
        op=EffectOp.CREATED, path=path, directory=directory, content=None if directory else "sha256:1"
    )


def _told(*effects: ExpectedEffect, repositories: frozenset[str] = REPOSITORIES) -> list[ExpectedEffect]:
    return [told for _, told in in_stores([(effect.path, effect) for effect in effects], repositories)]


def _match(expected: list[ExpectedEffect], *paths: str) -> EffectsMismatch | None:
    happened = [FileEffect(path=path, op=EffectOp.CREATED, type=FileType.FILE) for path in paths]
    return match_effects(expected, happened, holds=lambda effect: effect.directory)


PUSHED = _told(_effect("hub.git/objects/0c", directory=True), _effect(OBJECT), _effect("hub.git/refs/heads/two"))


def test_an_object_may_have_any_name() -> None:
    assert _match(PUSHED, OTHER, "hub.git/refs/heads/two") is None


def test_an_object_must_come() -> None:
    found = _match(PUSHED, "hub.git/refs/heads/two")
    assert found is not None
    assert len(found.missing) == 1


def test_around_the_store_all_is_as_recorded() -> None:
    assert _match(PUSHED, OTHER) is not None
    assert _match(PUSHED, OTHER, "hub.git/refs/heads/three") is not None
    assert _match(PUSHED, OTHER, "hub.git/refs/heads/two", "hub.git/hooks/stray") is not None
    assert _match(PUSHED, OTHER, "hub.git/refs/heads/two", "hub.git/objects/stray") is not None
    assert _match(PUSHED, OTHER, "hub.git/refs/heads/two", "hub.git/objects/info/alternates") is not None
    assert _match(PUSHED, "other.git/objects/e1/" + "4a" * 19, "hub.git/refs/heads/two") is not None


def test_a_folder_of_objects_in_no_repository_is_compared() -> None:
    work = _effect("site/objects/0c/" + "9f" * 19)
    assert _told(work) == [work]


def test_names_that_are_no_hashes_are_compared() -> None:
    info = _effect("hub.git/objects/info/alternates")
    assert _told(info) == [info]


def test_a_removed_object_is_compared() -> None:
    gone = ExpectedEffect(op=EffectOp.DELETED, path=OBJECT)
    assert _told(gone) == [gone]


def test_bare_repositories_are_told_by_what_they_hold() -> None:
    found = {session.name: session for session in all_sessions()}
    for name, folders in (("git-clone-and-push", {"hub.git/"}), ("git-worktree", set[str]())):
        assert bare_repositories(found[name].recorded()) == folders
