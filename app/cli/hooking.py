"""hook: what a startup file or an agent's settings must hold so that all that is done is recorded."""

import io
import json
import shlex
import sys
from pathlib import Path

import click

from app.cli.shared import Settings, as_json, emit, example, pass_settings
from capture.always.rotation import DEFAULT_LIMIT
from capture.always.sessions import KEPT_SESSIONS
from capture.hooks import claude
from capture.hooks.hearing import hear
from capture.wire import SESSION

STARTUP_FILES = {"bash": "~/.bashrc", "zsh": "~/.zshrc", "fish": "~/.config/fish/config.fish"}
"""Where the lines belong."""
AGENT_FILES = {"claude": "~/.claude/settings.json"}
"""Where an agent's settings belong."""
# A recorded shell has `__rb_dir`, but for fish, whose integration comes behind its startup files. No exec of ours: what
# can't start must leave the shell that there is. In a startup file of fish `exit` ends just the file. The exit code
# comes by a descriptor of its own: that of a program which fell over says nothing of the shell.
_POSIX = """\
if [[ $- == *i* && -t 0 && -t 1 && -z ${{__rb_dir-}} && -x {program} ]]; then
  __rb_was=$(stty -g)
  {{ __rb_told=$({command} --tell-fd 3 3>&1 >&4 2>/dev/null); }} 4>&1
  case $__rb_told in *[0-9]) exit "${{__rb_told##*[!0-9]}}";; esac
  stty "$__rb_was"
  [[ -z $__rb_told ]] || printf '\\r\\n%s\\r\\n' {broken}
  unset __rb_was __rb_told
fi
"""
_FISH = """\
if status is-interactive; and isatty stdin; and isatty stdout; and not set -q {session}; and test -x {program}
    set -l was (stty -g)
    set -l told ({command} --tell-fd 3 3>&1 >/dev/tty 2>/dev/null)
    if string match -qr '^[0-9]+$' -- "$told[-1]"
        exec sh -c "exit $told[-1]"
    end
    stty $was
    if set -q told[1]
        printf '\\r\\n%s\\r\\n' {broken}
    end
end
"""
BROKEN = (
    "replaybook: the recording of this terminal broke off, and the shell in it is gone. "
    "This is a plain shell, not recorded; `replaybook record --last N` still makes a run of what you did before."
)
"""What the user is told once when the recorder was killed."""


@click.command(
    "hook",
    epilog=example(
        "replaybook hook bash",
        "replaybook hook zsh > ~/.replaybook.zsh; source it in ~/.zshrc",
        "replaybook hook claude; put it into ~/.claude/settings.json",
    ),
)
@click.argument("shell", metavar="SHELL|AGENT", type=click.Choice([*sorted(STARTUP_FILES), *sorted(AGENT_FILES)]))
@click.option("--limit", type=int, metavar="MIB", help="What a session may take.", default=DEFAULT_LIMIT >> 20)
@click.option("--sessions", type=int, metavar="K", help="How many ended sessions are kept.", default=KEPT_SESSIONS)
@click.option("--take", is_flag=True, hidden=True, help="Of an agent: take what its hook is given on stdin.")
@as_json
@pass_settings
def hook_command(settings: Settings, *, shell: str, limit: int, sessions: int, take: bool, as_json: bool) -> None:
    """Print the lines for your startup file that keep the last commands of every terminal.

    `replaybook record --last N` makes a run of them. For claude it prints settings of Claude Code instead: with them
    each of its sessions is recorded as a run while it works.
    """
    if shell in AGENT_FILES:
        _agent(settings, shell, take=take, as_json=as_json)
        return
    lines = hook(shell, program=_program(), home=settings.home, limit=limit, sessions=sessions)
    document = {"shell": shell, "file": STARTUP_FILES[shell], "lines": lines}
    emit(document, as_json=as_json, human=lines.splitlines)


def _agent(settings: Settings, agent: str, *, take: bool, as_json: bool) -> None:
    if take:
        # A closed stdin is none at all.
        said = hear(settings.place(), sys.stdin.buffer if sys.stdin else io.BytesIO(), claude.take)
        if said is not None:
            click.echo(json.dumps({"systemMessage": said}))
        return
    home = ["--home", str(settings.home.absolute())] if settings.home else []
    wanted = claude.settings(shlex.join([_program(), *home, "hook", agent, "--take"]))
    document = {"agent": agent, "file": AGENT_FILES[agent], "settings": wanted}
    emit(document, as_json=as_json, human=lambda: json.dumps(wanted, indent=2).splitlines())


def hook(shell: str, *, program: str, home: Path | None, limit: int, sessions: int) -> str:
    """What a startup file has to hold.

    Args:
        shell: `bash`, `zsh` or `fish`.
        program: Path of this program.
        home: Where to keep sessions; None: in the usual place.
        limit: MiB a session.
        sessions: How many ended ones are kept.

    Returns:
        Shell text, its comment included.
    """
    options = [] if limit == DEFAULT_LIMIT >> 20 else ["--limit", str(limit)]
    options += [] if sessions == KEPT_SESSIONS else ["--sessions", str(sessions)]
    words = [program, *(["--home", str(home.absolute())] if home else []), "record", "--always", "--shell", shell]
    code = _FISH if shell == "fish" else _POSIX
    return (
        "# replaybook: keeps the last commands of this terminal, for `replaybook record --last N`.\n"
        f"# Put these lines first in {STARTUP_FILES[shell]}; take them out again to turn it off.\n"
    ) + code.format(
        program=shlex.quote(program),
        session=SESSION,
        command=shlex.join([*words, *options]),
        broken=shlex.quote(BROKEN),
    )


def _program() -> str:
    """The command that the user ran, or would run."""
    return str(Path(sys.argv[0]).absolute())
