"""How a replay's shell and the process that carries calls out speak: files and fifos in a private folder (pure).

setup      what there is (`Setup`), written by the replay before its shell starts
ask        fifo: the shell writes the number of a call, a line
N.call     the call (`Asked`), written by the replay
N.env      the shell's directory, then NAME=VALUE for what it exports, each behind a NUL, written by the shell
N.answer   fifo: the exit code, and what the shell must print itself, a line; the shell gives up by closing it
N.code     what came out of it, for a shell whose own read goes on through a ctrl-C
life       fifo: held open by the replay; when it is closed, all ends
alive      fifo: held open by the process, which writes a byte once it listens
"""

from collections.abc import Sequence
from shlex import quote

import msgspec

from capture.shells import fish_text
from replay.tools.settings import Section

SETUP = "setup"
ASK = "ask"
LIFE = "life"
ALIVE = "alive"
CALL = ".call"
SHELL = ".env"
ANSWER = ".answer"
CODE = ".code"

GONE = "the process that carries tools out"
ANEW = "the next tool step starts it anew"


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """What the process is told once."""

    sections: dict[str, Section]
    """Of the settings."""
    workspace: str
    """Absolute, as the shell names it."""
    network: bool
    """Whether the host's network is reached."""
    servers: bool = False
    """Whether MCP servers are going to be called: what takes a second to import is imported at once."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One call."""

    call: str
    """As `capture.calls` writes it."""
    timeout_s: float | None
    """Time limit that the step itself names; None: that of the settings counts."""


def shell_text(shell: str, folder: str, command: Sequence[str]) -> str:
    """What a shell runs before its first prompt: it starts the process, and learns to hand it a call.

    A call is `__rb_tool NUMBER TOOL VARIABLE…`: it ends with a ctrl-C, and starts no program where the shell can wait.

    Args:
        shell: Which.
        folder: The private folder.
        command: The process, as words.
    """
    quoted = fish_text.quoted if shell == "fish" else quote
    text = {"zsh": _ZSH, "fish": _FISH}.get(shell, _BASH)
    text = text.replace("@FOLDER@", quoted(folder)).replace("@COMMAND@", " ".join(map(quoted, command)))
    return text.replace("@GONE@", f"{GONE} ended; {ANEW}")


def call_text(shell: str, number: int, tool: str, variables: Sequence[str], *, anew: bool) -> str:
    """What a shell runs for a call.

    Args:
        shell: Which.
        number: Of the call; files of that number lie in the folder.
        tool: Its name, for whoever reads the recording.
        variables: What is told of the shell's environment.
        anew: The process is gone, and is started once more.
    """
    quoted = fish_text.quoted if shell == "fish" else quote
    begun = "__rb_tools_start; " if anew else ""
    return f"{begun}__rb_tool {number} {quoted(tool)} {' '.join(variables)}"


# A file for what is exported, and a line for the number: a ctrl-C in between can tear neither.
_BASH = r"""__rb_tools=@FOLDER@
__rb_tools_start() { ( @COMMAND@ </dev/null >>"${__rb_tty:-/dev/tty}" 2>/dev/null & ); }
__rb_tool() {
  local name code='' text='' IFS=' '
  local -
  builtin set +euxT -f
  {
    builtin printf '%s\0' "$PWD"
    for name in "${@:3}"; do [[ ${!name@a} != *x* ]] || builtin printf '%s\0' "$name=${!name}"; done
  } >|"$__rb_tools/$1.env"
  builtin printf '%s\n' "$1" >>"$__rb_tools/ask"
  builtin read -r code text <"$__rb_tools/$1.answer"
  [[ -n $code ]] || text="tool $2: @GONE@"
  [[ -z $text ]] || builtin printf '%s\n' "$text"
  return "${code:-125}"
}
__rb_tools_start
"""
_ZSH = r"""typeset -g __rb_tools=@FOLDER@
__rb_tools_start() { ( @COMMAND@ </dev/null >>${__rb_tty:-/dev/tty} 2>/dev/null & ) }
__rb_tool() {
  builtin emulate -L zsh -o no_xtrace -o local_traps
  builtin trap - DEBUG ZERR
  local name code='' text='' IFS=' '
  {
    builtin print -rN -- "$PWD"
    for name in "${@[3,-1]}"; do [[ ${(Pt)name} != *export* ]] || builtin print -rN -- "$name=${(P)name}"; done
  } >|$__rb_tools/$1.env
  builtin print -r -- $1 >>$__rb_tools/ask
  builtin read -r code text <$__rb_tools/$1.answer
  [[ -n $code ]] || text="tool $2: @GONE@"
  [[ -z $text ]] || builtin print -r -- $text
  return ${code:-125}
}
__rb_tools_start
"""
_FISH = r"""set -g __rb_tools @FOLDER@
function __rb_tools_start
    set -l tty /dev/tty
    test -w $tty; and true >>$tty 2>/dev/null; or set tty /dev/stdin
    command @COMMAND@ </dev/null >>$tty 2>/dev/null &
    disown
end
function __rb_tool
    begin
        builtin printf '%s\0' "$PWD"
        for name in $argv[3..]
            set -qx $name; and builtin printf '%s\0' "$name=$$name"
        end
    end >$__rb_tools/$argv[1].env
    builtin printf '%s\n' $argv[1] >>$__rb_tools/ask
    # Its own read goes on through a ctrl-C; a program does not.
    command cat $__rb_tools/$argv[1].answer >$__rb_tools/$argv[1].code; or return
    builtin read -l code text <$__rb_tools/$argv[1].code
    if test -z "$code"
        set code 125
        set text "tool $argv[2]: @GONE@"
    end
    test -z "$text"; or builtin printf '%s\n' $text
    return $code
end
__rb_tools_start
"""
