import subprocess
from pathlib import Path

import pytest

from replay.patches import is_applied, patching
from replay.syntax import analyse

ONE = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n"


@pytest.mark.parametrize(
    "changed",
    [
        ONE.replace("two", "2"),
        ONE.replace("two\n", ""),
        ONE + "ten\n",
        ONE.replace("nine\n", ""),
        "zero\n" + ONE,
        ONE.replace("one", "1").replace("nine", "9"),
    ],
)
def test_a_patch_is_applied_behind_it_and_not_before(tmp_path: Path, changed: str) -> None:
    (tmp_path / "a").write_text(ONE)
    (tmp_path / "b").write_text(changed)
    made = subprocess.run(["diff", "-u", "a", "b"], cwd=tmp_path, capture_output=True, text=True, check=False)
    how = patching(analyse("patch a < p").commands[0])
    assert how is not None
    assert is_applied(made.stdout, how, {"a": changed}.__getitem__)
    assert not is_applied(made.stdout, how, {"a": ONE}.__getitem__)
    assert not is_applied(made.stdout, how, lambda _: None)


@pytest.mark.parametrize(
    ("command", "patch", "target", "strip"),
    [
        ("patch -p1 < x.patch", None, None, 1),
        ("patch -p0 f x.patch", "x.patch", "f", 0),
        ("patch -i x.patch", "x.patch", None, None),
        ("git apply x.patch", "x.patch", None, 1),
    ],
)
def test_what_a_command_patches(command: str, patch: str | None, target: str | None, strip: int | None) -> None:
    how = patching(analyse(command).commands[0])
    assert how is not None
    assert (how.patch, how.target, how.strip) == (patch, target, strip)


@pytest.mark.parametrize("command", ["patch -R -p1 < x", "git apply --check x", "git am x", "patch -p1 $X"])
def test_what_is_not_looked_into(command: str) -> None:
    assert patching(analyse(command).commands[0]) is None
