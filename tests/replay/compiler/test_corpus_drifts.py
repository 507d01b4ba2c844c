"""Sessions of the corpus in a start that has drifted: what is compared less strictly must not let these pass."""

import random
from pathlib import Path

import pytest

from tests.data import replaying
from tests.data.sessions import all_sessions

SESSIONS = {session.name: session for session in all_sessions()}
SHARES = 3
"""How many drifts a normal run meets: one out of each share, another one each time."""
DRIFTS = {
    "a push that leaves more than objects": (
        "git-clone-and-push",
        "printf '#!/bin/sh\\n: > stray\\n' > hub.git/hooks/post-receive && chmod +x hub.git/hooks/post-receive",
        (7, "effects-changed"),
    ),
    "a commit of one file more": (
        "flow-commit-shown",
        "printf '#!/bin/sh\\necho 1 > m; git add m\\n' > .git/hooks/pre-commit && chmod +x .git/hooks/pre-commit",
        (2, "effects-changed"),
    ),
    "a build of another project": (
        "c-cmake",
        "sed -i 's/tool C/gadget C/' CMakeLists.txt",
        (1, "effects-changed"),
    ),
    "a test that fails": ("c-cmake", "sed -i 's/return 0/return 1/' tool.c", (3, "unclassified")),
    "a package that holds something else": (
        "python-venv-wheel",
        "sed -i 's/hello {/bye {/' greet/__init__.py",
        (1, "effects-changed"),
    ),
    "a file that an editor showed": ("vim-looked-only", "echo four >> notes.txt", (1, "effects-changed")),
    "a photo more": ("zsh-glob-and-loop", "echo 4 > photos/IMG_4.JPG", (1, "effects-changed")),
    "a file where a working tree's parent goes": ("git-worktree", "touch trees", (1, "missing-directory")),
    "a document that is gone": ("openssl-key-and-sign", "rm contract.txt", (3, "missing-file")),
    "a server without the page": ("flow-port-that-was-free", "rm web/page", (6, "missing-file")),
}


@pytest.mark.parametrize("share", range(SHARES))
def test_a_drifted_start_fails(share: int, tmp_path: Path) -> None:
    _fails(random.choice([*DRIFTS][share::SHARES]), tmp_path)  # noqa: S311 -- the seed of the run draws it


@pytest.mark.bench
@pytest.mark.parametrize("title", DRIFTS)
def test_every_drifted_start_fails(title: str, tmp_path: Path) -> None:
    _fails(title, tmp_path)


def _fails(title: str, scratch: Path) -> None:
    name, drift, failure = DRIFTS[title]
    home = replaying.compiled(SESSIONS[name], scratch)
    assert replaying.replayed(SESSIONS[name], home, scratch / "else where", drift=drift) == failure, title
