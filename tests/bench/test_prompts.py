"""What a prompt costs with the integration, beside the shell without it and with the hooks of bash-preexec."""

import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import pexpect
import pytest

from capture.errors import HostError
from capture.shells import CommandEnded, shell_named
from capture.wire import Output, SessionMode
from tests.bench.figures import Figure, report
from tests.capture.driving import PATIENCE_S, Driver, spec_for

PROMPTS = 400
WARM_UP = 20
MEDIAN_MS, P99_MS = 2.0, 5.0
PROMPT = b"@@"
COMMANDS = (
    "printf '%s\\n' r'eady{n}'",
    "cd . && echo r'eady{n}'",
    "ls -d / >/dev/null; echo r'eady{n}'",
    "seq 1 3 | tail -1; echo r'eady{n}'",
    "export N={n}; echo r'eady{n}'",
    "x={n}; [ $x -gt 0 ]; echo r'eady'$x",
    "git --version >/dev/null 2>&1; echo r'eady{n}'",
    "for i in 1 2; do :; done; echo r'eady{n}'",
)
"""Typed in turn: none of them is a case apart."""
FISH_COMMANDS = (
    *COMMANDS[:5],
    "set x {n}; test $x -gt 0; echo r'eady'$x",
    COMMANDS[6],
    "for i in 1 2; true; end; echo r'eady{n}'",
)
"""The same in fish."""
PREEXEC = r"""
__seen() { [[ -n ${__at-} ]] || return; __at=; : "$BASH_COMMAND" "$(HISTTIMEFORMAT= history 1)"; }
__shown() { local s=$?; __at=1; return $s; }
trap '__seen' DEBUG
PROMPT_COMMAND='__shown'
"""
REALISTIC = {
    "bash": """
[ -r /etc/bash.bashrc ] && . /etc/bash.bashrc
[ -r /usr/share/bash-completion/bash_completion ] && . /usr/share/bash-completion/bash_completion
for i in {1..200}; do
  eval "user$i() { local a=\\$1; if [[ -n \\$a ]]; then echo \\"\\${a//x/y}\\"; else return 1; fi; }"
done
HISTCONTROL=ignoreboth HISTSIZE=1000 HISTFILESIZE=2000
shopt -s histappend checkwinsize
alias ls='ls --color=auto' ll='ls -alF' grep='grep --color=auto'
PROMPT_COMMAND='last=$?'
""",
    "zsh": """
autoload -Uz compinit vcs_info && compinit -u
for i in {1..200}; do
  eval "user$i() { local a=\\$1; if [[ -n \\$a ]]; then echo \\"\\${a//x/y}\\"; else return 1; fi }"
done
setopt hist_ignore_space share_history inc_append_history
HISTFILE=~/.zsh_history HISTSIZE=1000 SAVEHIST=1000
alias ls='ls --color=auto' ll='ls -alF' grep='grep --color=auto'
precmd() { vcs_info }
""",
}
"""What people's startup files bring along: hundreds of functions, aliases, rules for the history."""

pytestmark = pytest.mark.bench
Typist = Callable[[str, bytes], float]
"""Types a command and says how many milliseconds it took from enter to the prompt that follows its output."""


def _until_prompt(read: Callable[[], bytes], output: bytes = b"") -> None:
    seen, give_up = b"", time.monotonic() + PATIENCE_S
    while output not in seen or PROMPT not in seen[seen.index(output) + len(output) :]:
        seen += read()
        assert time.monotonic() < give_up, seen[-500:]


def _typist(send: Callable[[str], object], read: Callable[[], bytes]) -> Typist:
    def typed(command: str, output: bytes) -> float:
        began = time.perf_counter()
        send(f"{command}\r")
        _until_prompt(read, output)
        return (time.perf_counter() - began) * 1000

    _until_prompt(read)
    return typed


@contextmanager
def _alone(argv: list[str], heard: Callable[[], None] = lambda: None) -> Iterator[Typist]:
    child: Any = pexpect.spawn(argv[0], argv[1:], env=dict(os.environ), timeout=30, maxread=65536)
    child.delaybeforesend = None

    def read() -> bytes:
        data = bytes(child.read_nonblocking(65536, timeout=PATIENCE_S))
        heard()
        return data

    try:
        yield _typist(child.send, read)
    finally:
        child.close(force=True)


@contextmanager
def _integrated(name: str, folder: Path) -> Iterator[Typist]:
    """The shell with its hooks; it is let go on at its mark, as a host does, by somebody with nothing else to do."""
    folder.mkdir()
    shell = shell_named(name, folder, typed=True)

    def let_go() -> None:
        for record in shell.told():
            if isinstance(record, CommandEnded):
                shell.release(record.seq)

    try:
        with _alone(list(shell.argv), let_go) as typed:
            yield typed
    finally:
        shell.close()


@contextmanager
def _recorded(name: str, folder: Path) -> Iterator[Typist]:
    """The whole of a recording: host, tape, the looks at files and variables, and the way to the screen."""
    folder.mkdir()
    driver = Driver(spec_for(folder, SessionMode.TYPED, shell=name))
    try:
        yield _typist(driver.type, lambda: driver.wait_for(Output).data)
    finally:
        driver.session.close()


def _measure(typists: dict[str, Typist], commands: Sequence[str]) -> dict[str, list[float]]:
    """All of them type the same in turn, so that a loaded moment counts for each."""
    took: dict[str, list[float]] = {name: [] for name in typists}
    for number in range(PROMPTS + WARM_UP):
        command = commands[number % len(commands)].format(n=number)
        for name, typed in typists.items():
            took[name].append(typed(command, f"ready{number}\r".encode()))
    return {name: times[WARM_UP:] for name, times in took.items()}


def _p99(times: list[float]) -> float:
    return quantiles(times, n=100)[98]


@pytest.mark.parametrize("setting", ["", "with hundreds of functions"])
@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_what_a_prompt_costs(name: str, setting: str, tmp_path: Path, own_world: Path) -> None:
    if shutil.which(name) is None or (setting and name not in REALISTIC):
        pytest.skip(f"{name} is not installed, or has no such setting")
    rc = REALISTIC[name] if setting else ""
    (own_world / ".bashrc").write_text(f"{rc}\nPS1='@@'\n", encoding="utf-8")
    (own_world / ".zshrc").write_text(f"{rc}\nPROMPT='@@'\n", encoding="utf-8")
    (own_world / ".config" / "fish").mkdir(parents=True)
    (own_world / ".config" / "fish" / "config.fish").write_text("function fish_prompt; echo -n '@@'; end\n")
    (own_world / "preexec").write_text(f". ~/.bashrc\n{PREEXEC}", encoding="utf-8")
    with ExitStack() as stack:
        try:
            typists = {"ours": stack.enter_context(_integrated(name, tmp_path / "ours"))}
        except HostError as error:
            pytest.skip(str(error))
        typists["bare"] = stack.enter_context(_alone([name, "-i"]))
        typists["recorded"] = stack.enter_context(_recorded(name, tmp_path / "recorded"))
        if name == "bash":
            typists["hooked"] = stack.enter_context(_alone(["bash", "--init-file", str(own_world / "preexec"), "-i"]))
        took = _measure(typists, FISH_COMMANDS if name == "fish" else COMMANDS)
    bare = took.pop("bare")
    added = {who: (median(times) - median(bare), _p99(times) - _p99(bare)) for who, times in took.items()}
    beside = f"{name} alone {median(bare):.2f} and {_p99(bare):.2f} ms"
    beside += "; in a recording {:.2f} and {:.2f} ms more".format(*added["recorded"])
    if name == "bash":
        beside += "; hooks as bash-preexec's {:.2f} and {:.2f} ms".format(*added["hooked"])
    middle, worst = added["ours"]
    report(
        Figure(
            what=f"added per prompt, {name}{setting and ' ' + setting}",
            goal=f"≤ {MEDIAN_MS:.0f} ms median, ≤ {P99_MS:.0f} ms p99",
            ours=f"{middle:.2f} ms median, {worst:.2f} ms p99",
            peers=beside,
            met=middle <= MEDIAN_MS and worst <= P99_MS,
        )
    )
