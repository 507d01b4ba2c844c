"""What a shell on a host is asked of its machine, and what it is taught to answer with."""

from collections.abc import Iterable
from enum import StrEnum
from itertools import groupby
from shlex import quote

import msgspec

START_LIMIT = 256
"""Bytes of a program's beginning: its line `#!` is in them."""
TEXT_LIMIT = 64 * 1024
"""Bytes of a file that is read as text."""
CONTENT_LIMIT = 1024 * 1024
"""Bytes of a file that come over the line to be compared."""
FUNCTIONS = r"""
__rb_ask() {
  local kind limit count
  while (($#)); do
    kind=$1 limit=$2 count=$3
    builtin shift 3
    for ((; count; count--)); do
      "__rb_$kind" "$1" "$limit"
      builtin printf '\0'
      builtin shift
    done
  done
}
__rb_flags() {
  local f=''
  [[ ! -e $1 && ! -L $1 ]] || f=e
  [[ ! -L $1 ]] || f+=l
  [[ -e $1 || ! -L $1 ]] || f+=g
  [[ ! -d $1 ]] || f+=d
  [[ ! -f $1 ]] || f+=f
  [[ ! -x $1 ]] || f+=x
  [[ ! -r $1 ]] || f+=r
  [[ ! -w $1 ]] || f+=w
  builtin printf %s "$f"
  [[ $f != *fxr* ]] || { builtin printf '\n'; __rb_start "$1" "$2"; }
}
__rb_start() {
  local LC_ALL=C head=''
  IFS='' builtin read -r -n 2 head <"$1"
  if [[ $head == '#!' ]]; then __rb_bytes "$1" "$2"; else builtin printf b; fi
}
__rb_hash() { [[ ! -f $1 || ! -r $1 ]] || { sha256sum <"$1" || shasum -a 256 <"$1"; } 2>/dev/null; }
__rb_stat() { stat -c '%a %i %s %y' -- "$1" 2>/dev/null || stat -f '%Lp %i %z %Fm' -- "$1"; }
__rb_state() {
  if [[ -L $1 ]]; then builtin printf 'l %s' "$(readlink -- "$1")"; return; fi
  [[ -e $1 ]] || return
  if [[ -d $1 ]]; then builtin printf 'd '; elif [[ -f $1 ]]; then builtin printf 'f '; else builtin printf 'o '; fi
  __rb_stat "$1"
  __rb_text "$1" || __rb_hash "$1"
}
__rb_bytes() {
  [[ -f $1 && -r $1 ]] || return
  __rb_text "$1" || { builtin printf b; head -c "$2" -- "$1" | base64; }
}
__rb_text() {
  local LC_ALL=C text='' read='' back='\'
  [[ -f $1 && -r $1 ]] || return
  { IFS='' builtin read -r -d '' -n 4097 text; read=$?; } <"$1"
  [[ $read == 1 && ${#text} -le 4096 ]] || return
  text=${text//"$back"/"$back$back"}
  text=${text//$'\n'/"${back}n"}
  text=${text//$'\r'/"${back}r"}
  text=${text//$'\t'/"${back}t"}
  builtin printf 't%s' "$text"
}
__rb_mode() { stat -Lc %a -- "$1" 2>/dev/null || stat -Lf %Lp -- "$1"; }
__rb_real() { readlink -f -- "$1" || realpath -- "$1"; }
__rb_glob() {
  local IFS=''
  local -a all
  builtin set +f
  builtin shopt -s nullglob
  all=($1)
  builtin printf '%s/\n' "${all[@]}"
}
__rb_room() { df -Pk -- "$1" | { read -r; read -r _ _ _ free _; builtin printf %s "$free"; }; }
"""
"""What the shell there is taught, behind its startup files.

A program costs as much as hundreds of builtins: none is run to read a small text, which comes as one line of its own.
"""


class Kind(StrEnum):
    """What is asked of a path."""

    FLAGS = "flags"
    """Which tests of bash it passes: exists, link, dangling, directory, file, executable, readable, writable.

    Of a script that is executable its beginning comes with them, which is asked next of the program that a step runs.
    """
    HASH = "hash"
    STATE = "state"
    """All that tells whether a step has changed it."""
    BYTES = "bytes"
    MODE = "mode"
    REAL = "real"
    GLOB = "glob"
    ROOM = "room"


class Asked(msgspec.Struct, frozen=True):
    """One question."""

    kind: Kind
    path: str
    """Absolute; or a pattern."""
    limit: int = 0
    """Bytes, of contents."""

    @property
    def most(self) -> int:
        """Bytes that the answer may hold of a content."""
        return START_LIMIT if self.kind is Kind.FLAGS else self.limit


def asking(asked: Iterable[Asked], root: str) -> str:
    """The command that asks questions, as short as it can be: each character is a read of the shell there.

    Args:
        asked: Put together where they are of one kind, limit and file name.
        root: The directory that the shell there knows as `__rb_root`.
    """
    words = ["__rb_ask"]
    for (kind, most), alike in groupby(asked, lambda one: (one.kind, one.most)):
        paths = [one.path for one in alike]
        words += [kind, str(most), str(len(paths))]
        for name, there in groupby(paths, _name):
            folders = [_word(path[: len(path) - len(name)], root) for path in there]
            folder = folders[0] if len(folders) == 1 else f"{{{','.join(folders)}}}"
            words.append(f"{folder}{quote(name) if name else ''}")
    return " ".join(words)


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _word(path: str, root: str) -> str:
    inside = path.startswith(f"{root}/")
    rest = path.removeprefix(root) if inside else path
    return ('"$__rb_root"' if inside else "") + (quote(rest) if rest else "")


def together(asked: Asked) -> tuple[str, int, str]:
    """Sorts questions so that `asking` can put them together."""
    return asked.kind, asked.most, _name(asked.path)
