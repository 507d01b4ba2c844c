"""The real machine, as rules see it."""

import hashlib
from pathlib import PurePath

from tests.replay.repairs.scene import Scene


def test_paths_are_meant_from_the_step_s_directory(scene: Scene) -> None:
    scene.record(
        "mkdir -p sub/deep; echo hi > sub/a; ln -s nowhere sub/l; printf '#!/bin/sh\\n' > sub/x; chmod +x sub/x"
    )
    files = scene.files("sub")

    assert files.exists("a")
    assert files.exists("l")
    assert not files.exists("../a")
    assert files.is_dir("deep")
    assert (files.is_executable("x"), files.is_executable("a")) == (True, False)
    assert files.sha256("a") == f"sha256:{hashlib.sha256(b'hi' + bytes([10])).hexdigest()}"
    assert files.sha256("deep") is files.sha256("gone") is None
    assert files.link_target("l") == "nowhere"
    assert files.link_target("a") is None
    assert files.names_in("deep") == files.names_in("gone") == ()
    assert files.names_in(".") == ("a", "deep", "l", "x")


def test_text_is_read_up_to_a_limit_and_binary_not_at_all(scene: Scene) -> None:
    scene.record("printf 'h\\303\\251llo' > text; printf '\\377\\376' > binary")
    files = scene.files()

    assert files.read_text("text") == "h\u00e9llo"
    assert files.read_text("text", limit=2) == "h"
    assert files.read_text("binary") is None
    assert files.read_text("gone") is None


def test_the_workspace_is_listed_without_what_is_ignored(scene: Scene) -> None:
    scene.record("git init -q .; mkdir -p a/b; touch a/b/c d")

    assert scene.files().workspace_files() == tuple(map(PurePath, ("a", "a/b", "a/b/c", "d")))


def test_commands_are_those_on_the_path(scene: Scene) -> None:
    scene.record("mkdir bin; printf '#!/bin/sh\\n' > bin/one; chmod +x bin/one; touch bin/two")
    scene.path = f"{scene.work / 'bin'}:{scene.work / 'gone'}"

    assert scene.files().commands() == ("one",)


def test_renames_follow_history_and_the_index(scene: Scene) -> None:
    scene.record(
        "git init -q .; seq 9 > a; seq 20 30 > 's p'; git add .; git commit -qm 1; git mv a b; git commit -qm 2;"
        " mkdir d; git mv b d/c; git commit -qm 3; git mv 's p' 't p'"
    )

    assert scene.files().git_renames() == {"a": "d/c", "b": "d/c", "s p": "t p"}


def test_renames_are_relative_to_a_workspace_below_the_repository(scene: Scene) -> None:
    scene.sh("git init -q ..; seq 9 > a; seq 20 30 > ../o; git add .. ; git commit -qm 1; git mv a b; git mv ../o ../p")
    scene.sh("git commit -qm 2")

    assert scene.files().git_renames() == {"a": "b"}


def test_refs_of_a_clone(scene: Scene) -> None:
    scene.record(
        "git init -q -b trunk ../far; git -C ../far commit -q --allow-empty -m 1; git clone -q ../far repo;"
        " cd repo; git tag -a v1 -m one; git branch topic"
    )

    state = scene.files().git("repo")

    assert state.default_branch == state.branch == "trunk"
    assert set(state.branches) == {"trunk", "topic"}
    assert state.remote_branches == {"origin/trunk": str(state.head)}
    assert state.tags == {"v1": str(state.head)}
    assert state.remotes["origin"].endswith("/far")


def test_no_repository_has_no_refs(scene: Scene) -> None:
    state = scene.files().git("nowhere")

    assert (state.branches, state.head, scene.files().git_renames()) == ({}, None, {})
