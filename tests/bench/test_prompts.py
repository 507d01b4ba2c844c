"""What a prompt costs with the integration, beside the shell without it and with the hooks of bash-preexec."""

import os
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import pexpect
import pytest

from capture.errors import HostError
from capture.shells import CommandEnded, Shell, shell_named
from tests.bench.figures import Figure, report

ROUNDS = 3
PROMPTS = 100
MEDIAN_MS, P99_MS = 2.0, 5.0
PREEXEC = r"""
__seen() { [[ -n ${__at-} ]] || return; __at=; : "$BASH_COMMAND" "$(HISTTIMEFORMAT= history 1)"; }
__shown() { local s=$?; __at=1; return $s; }
trap '__seen' DEBUG
PROMPT_COMMAND='__shown'
"""

pytestmark = pytest.mark.bench


def _drive(argv: list[str], environment: Mapping[str, str], poll: Callable[[], None]) -> list[float]:
    """Milliseconds from enter to the next prompt, command by command."""
    took: list[float] = []
    child: Any = pexpect.spawn(argv[0], argv[1:], env=dict(environment), timeout=30, maxread=65536)
    child.delaybeforesend = None
    try:
        for number in range(PROMPTS + 10):
            began = time.perf_counter()
            child.send(f": {number}; printf 'r%s\\n' eady{number}\r")
            seen = b""
            # The next command may be typed once the line editor has its terminal again.
            while (
                f"ready{number}\r".encode() not in seen or b"@@" not in seen.partition(f"ready{number}\r".encode())[2]
            ):
                poll()
                try:
                    seen += child.read_nonblocking(65536, timeout=0.0002)
                except pexpect.TIMEOUT:
                    continue
            took.append((time.perf_counter() - began) * 1000)
    finally:
        child.close(force=True)
    return took[10:]


def _recorded(name: str, folder: Path, environment: Mapping[str, str]) -> list[float]:
    folder.mkdir()
    shell: Shell = shell_named(name, folder, typed=True)

    def poll() -> None:
        for record in shell.told():
            if isinstance(record, CommandEnded):
                shell.release(record.seq, {})

    try:
        return _drive(list(shell.argv), environment, poll)
    finally:
        shell.close()


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_what_a_prompt_costs(name: str, tmp_path: Path, own_world: Path) -> None:
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    (own_world / ".bashrc").write_text("PS1='@@'\n", encoding="utf-8")
    (own_world / ".zshrc").write_text("PROMPT='@@'\n", encoding="utf-8")
    (own_world / ".config" / "fish").mkdir(parents=True)
    (own_world / ".config" / "fish" / "config.fish").write_text("function fish_prompt; echo -n '@@'; end\n")
    (own_world / "preexec").write_text(f". ~/.bashrc\n{PREEXEC}", encoding="utf-8")
    bare: list[float] = []
    ours: list[float] = []
    hooked: list[float] = []
    for number in range(ROUNDS):
        try:
            ours += _recorded(name, tmp_path / str(number), os.environ)
        except HostError as error:
            pytest.skip(str(error))
        bare += _drive([name, "-i"], os.environ, lambda: None)
        if name == "bash":
            hooked += _drive(["bash", "--init-file", str(own_world / "preexec"), "-i"], os.environ, lambda: None)
    added = median(ours) - median(bare)
    worst = quantiles(ours, n=100)[98] - quantiles(bare, n=100)[98]
    beside = f"{name} alone {median(bare):.2f} ms"
    if hooked:
        beside += f"; hooks as bash-preexec's add {median(hooked) - median(bare):.2f} ms"
    report(
        Figure(
            what=f"added per prompt, {name}",
            goal=f"≤ {MEDIAN_MS:.0f} ms median, ≤ {P99_MS:.0f} ms p99",
            ours=f"{added:.2f} ms median, {worst:.2f} ms p99",
            peers=beside,
            met=added <= MEDIAN_MS and worst <= P99_MS,
        )
    )
