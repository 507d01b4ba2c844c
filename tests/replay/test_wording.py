"""The complaints of zsh, fish and dash themselves, made for real and told apart as bash's are."""

import shutil
from pathlib import Path

import pytest

from replay.outcome import FailureClass as C
from tests.replay.test_diagnosis import fails

SETUP = (
    "printf '#!/no/such/sh\\n' > badi; printf '#!/bin/sh\\r\\n' > crlf; chmod +x badi crlf; "
    "printf '#!/bin/sh\\n' > nox; echo a > a"
)
CASES = (
    ("no-such-tool a", C.MISSING_COMMAND, "no-such-tool"),
    ("echo a | no-such-tool", C.MISSING_COMMAND, "no-such-tool"),
    ("tools/gen", C.MISSING_FILE, "tools/gen"),
    ("./nox", C.NOT_EXECUTABLE, "./nox"),
    ("./badi", C.BAD_INTERPRETER, "./badi"),
    ("./crlf", C.BAD_INTERPRETER, "./crlf"),
    ("cat < in.csv", C.MISSING_FILE, "in.csv"),
    ("echo x > build/out", C.MISSING_DIRECTORY, "build"),
    ("cd build", C.MISSING_DIRECTORY, "build"),
    ("pushd build", C.MISSING_DIRECTORY, "build"),
    ("cd a", C.MISSING_DIRECTORY, "a"),
    ("ls *.none", C.MISSING_FILE, "*.none"),
    ("source none.rc", C.MISSING_FILE, "none.rc"),
)
ZSH = (
    ("echo x > /dev/full", C.DISK_FULL, None),
    ("set -o noclobber; echo b > a", C.ALREADY_EXISTS, "a"),
    ("set -u; echo $NOT_THERE", C.MISSING_ENV, "NOT_THERE"),
    ("setopt no_such_option", C.UNKNOWN_OPTION, "no_such_option"),
)
FISH = (
    ("set --nope x", C.UNKNOWN_OPTION, "--nope"),
    ("string nope", C.UNKNOWN_OPTION, "nope"),
)
DASH = (("set -o no-such", C.UNKNOWN_OPTION, None), ("tools/gen", C.MISSING_FILE, "tools/gen"))
EVERY = [(shell, *case) for shell, own in (("zsh", ZSH), ("fish", FISH)) for case in (*CASES, *own)]


@pytest.mark.parametrize(("shell", "command", "kind", "subject"), [*EVERY, *(("dash", *case) for case in DASH)])
def test_each_shell_is_understood(shell: str, command: str, kind: C, subject: str | None, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"this machine has no {shell}")
    found = fails(command, tmp_path, setup=SETUP, shell=shell)
    assert found.failure_class is kind, found
    if subject is not None:
        assert found.subject == subject


def test_the_line_that_is_shown_is_the_one_that_was_printed(tmp_path: Path) -> None:
    if shutil.which("zsh") is None:
        pytest.skip("this machine has no zsh")
    assert fails("cd build", tmp_path, shell="zsh").evidence_line == "zsh:cd:1: no such file or directory: build"
