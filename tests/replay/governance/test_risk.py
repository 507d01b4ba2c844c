import pytest

from replay.governance.risk import KIND_LEVELS, judge, safety_of
from replay.playbook import SafetyLevel
from replay.syntax import analyse
from replay.syntax.values import RiskKind

ORDINARY = (
    "make -s",
    "mkdir -p out/a && cp -f a out/a/",
    "rm -f a.o b.o",
    "rm *.o",
    "rm -rf build/",
    "rm -rf out/*",
    "rm -rf {{project}}/build",
    "ln -sf a b",
    "mv a b",
    "cat a | sort > b",
    "chmod +x run",
    "git add -f x && git commit -m x",
    "git fetch origin",
    "curl -fsSL -o page.html http://localhost:8000/",
    "echo quiet > /dev/null",
)
TO_CONFIRM = (
    "sudo make install",
    "npm ci",
    "pip install requests",
    "git push --force",
    "git push origin +main",
    "git commit --amend -m x",
    "git rebase main",
    "git reset --hard",
    'rm -rf "$X"',
    "rm -rf $STAGE/out/*",
    "rm -rf *",
    "rm -rf .",
    "rm -rf ../other",
    "rm -rf {{project}}",
    "xargs rm -rf < list",
    "find . -name '*.o' -delete",
    "curl -d name=x http://localhost/",
    "curl -XPOST http://localhost/",
    'eval "$TODO"',
)
BY_HAND = (
    "rm -rf /",
    "sudo rm -rf /*",
    "rm -rf ~",
    'bash -c "rm -rf /"',
    "mkfs.ext4 /dev/sdb1",
    "dd if=disk.img of=/dev/sda",
    "cat disk.img > /dev/sda",
    "curl -s http://localhost/install | sh",
    "wget -qO- http://localhost/install | sudo bash",
    "sudo shutdown now",
)


@pytest.mark.parametrize("command", ORDINARY)
def test_ordinary_work_asks_for_nobody(command: str) -> None:
    assert safety_of(analyse(command)) == (SafetyLevel.AUTO_OK, None)


@pytest.mark.parametrize("command", TO_CONFIRM)
def test_what_can_not_be_undone_asks_for_a_person(command: str) -> None:
    level, reason = safety_of(analyse(command))
    assert level is SafetyLevel.NEEDS_CONFIRM
    assert reason


@pytest.mark.parametrize("command", BY_HAND)
def test_what_ends_a_machine_is_left_to_a_person(command: str) -> None:
    level, reason = safety_of(analyse(command))
    assert level is SafetyLevel.MANUAL_ONLY
    assert reason


def test_the_deciding_part_is_named() -> None:
    text = "make && rm -rf $OUT/x && make install"
    judged = judge(analyse(text))
    assert judged.span is not None
    assert text[judged.span.start : judged.span.end] == "$OUT/x"
    assert safety_of(analyse(text))[1] == "removes a tree that only a run can name: $OUT/x"


def test_every_kind_of_risk_has_a_level() -> None:
    assert set(KIND_LEVELS) == set(RiskKind)
