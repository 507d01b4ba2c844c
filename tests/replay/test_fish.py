"""What of fish is read: where bash's tree tells the truth, how a value is written, and what is said to be unknown."""

import shutil
import subprocess
from pathlib import Path

import pytest

from capture.errors import BadInputError
from capture.wire import Ready, SessionMode
from replay import template
from replay.executor import SessionExecutor
from replay.playbook import PlaybookStep
from replay.syntax import RiskKind, analyse
from replay.syntax.fish import reads_like_bash
from tests.capture.driving import Driver, spec_for

needs_fish = pytest.mark.skipif(shutil.which("fish") is None, reason="needs fish")


@pytest.mark.parametrize(
    "text",
    [
        "make -s",
        "cd out && cp ../a 'with space' || echo \"no $HOME/x\"",
        "cat <in | sort -r >out 2>&1; rm -f *.o",
        "A=1 env B=2 make # a remark",
        "ls a?b ~/x",
        "echo a#b \\; \\\n  next",
        "tar czf x.tgz dir &",
        "echo one\necho two",
        "git commit -m 'a (b) {c} $d'",
        "printf '%s\\n' x &>log",
    ],
)
def test_what_means_the_same_in_both_is_read(text: str) -> None:
    assert reads_like_bash(text)
    assert analyse(text, "fish") == analyse(text)


@pytest.mark.parametrize(
    "text",
    [
        "set -gx A b",
        "for f in *.c; echo $f; end",
        "echo (pwd)",
        "echo $list[2]",
        "echo $status",
        "echo 'it\\'s'",
        "echo 'a\\\\b'",
        "echo a\\nb",
        "echo `x`",
        "true; and echo yes",
        "begin; true; end",
        "echo {a,b}",
        'echo "$(pwd)"',
        "alias l 'ls -l'",
        "ls 2>| cat",
        "cat <<END",
        "echo 'open",
        "echo $argv",
        "/bin/'e'cho x; function f",
    ],
)
def test_what_is_fish_s_own_is_unknown_and_asks_for_a_person(text: str) -> None:
    analysis = analyse(text, "fish")
    assert (analysis.ok, analysis.foreign, len(analysis.unknown)) == (False, True, 1)
    assert not analysis.commands
    assert not analysis.variables_read
    assert RiskKind.HIDDEN in {risk.kind for risk in analysis.risks}


def test_what_looks_risky_in_fish_still_does() -> None:
    assert RiskKind.DELETE in {risk.kind for risk in analyse("for f in x; rm -rf $f; end", "fish").risks}


VALUES = [
    "plain",
    "a b",
    "it's",
    "back\\slash",
    "'\\'",
    "end\\",
    '$HOME (x) "y" `z`',
    "two\nlines",
    "",
    "#",
    "-n;",
    "*~{}",
]


@needs_fish
@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize(
    ("text", "around"),
    [
        ("printf %s {{v}}", "{}"),
        ("printf %s a{{v}}'b'", "a{}b"),
        ("printf %s 'it\\'s {{v}}'", "it's {}"),
        ('printf %s "a\\"b {{v}}" # {{v}} is \'it', 'a"b {}'),
        ("printf %s (printf %s {{v}} | string collect)", "{}"),
        ("printf %s (printf %s '{{v}}' | string collect)'!'", "{}!"),
        ("for x in {{v}}; printf %s $x; end", "{}"),
        ("begin; printf %s \"$(printf %s '{{v}}')\"; end", "{}"),
    ],
)
def test_a_value_is_data_wherever_it_stands(text: str, around: str, value: str) -> None:
    command = template.render_shell(text, {"v": value}, "fish")
    ran = subprocess.run(["fish", "--no-config", "-c", command], capture_output=True, text=True, check=False)
    if value in ("", "two\nlines") and "(printf" in text:
        return
    assert (ran.stdout, ran.stderr) == (around.format(value), "")


def test_a_value_that_would_be_expanded_is_refused() -> None:
    with pytest.raises(BadInputError, match="can't be written safely"):
        template.render_shell("echo ${{v}}", {"v": "x"}, "fish")


@needs_fish
def test_a_step_begins_in_its_own_directory(tmp_path: Path) -> None:
    driver = Driver(spec_for(tmp_path, SessionMode.HANDED, shell="fish"))
    try:
        driver.wait_for(Ready)
        place = Path(driver.spec.cwd, "it's\\here")
        place.mkdir()
        executor = SessionExecutor(driver.session, cwd=driver.spec.cwd, secrets={}, carry_out=str)
        step = PlaybookStep(run="pwd; false # a remark", cwd=str(place))
        done = executor.run(step, step.run, {}, lambda _: None)
    finally:
        driver.session.close()
    assert (done.exit_code, done.output, done.cwd_after) == (1, f"{place}\n", str(place))
