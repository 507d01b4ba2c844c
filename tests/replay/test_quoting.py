"""Whatever a value holds, wherever it is put, a real shell gets the same words that a hand-quoted one gives."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.errors import BadInputError
from replay import template

HOSTILE = [
    "",
    "-",
    "--",
    "-rf",
    "-n",
    "!",
    "!!",
    "!x",
    "a!b",
    "'",
    '"',
    "''",
    "\\",
    "\\\\",
    "a\\",
    "$",
    "$HOME",
    "${HOME}",
    "$(touch made)",
    "`touch made`",
    "$'x'",
    '$"x"',
    "*",
    "?",
    "[a-z]",
    "{a,b}",
    "~",
    "~root",
    "#",
    "a#b",
    ";",
    "&",
    "|",
    "<x",
    ">made",
    "(x)",
    "\n",
    "a\nb",
    "\nEND",
    "END",
    "END\n",
    "\t",
    " ",
    "  a  b ",
    "\r",
    "\x1b[0m",
    "\x7f",
    "é",
    "日本",
    "\u200b",
    "😀",
    "=",
    "a=b",
    "%s",
    "\\n",
    "\\x41",
    "if",
    "then",
    "}",
    "1",
    "2",
    "{{x}}",
    "a b",
    "it's",
    "{",
    "}}",
]
PIECES = st.text(st.sampled_from(list("'\"\\$`!{}[]()<>|&;*?~#^\n\t\r =-%aé日1\U0001f600\x1b\x7f")), max_size=10)
VALUES = st.sampled_from(HOSTILE) | PIECES | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))

Places: TypeAlias = dict[str, tuple[str, Callable[[str], list[str]]]]
"""Shell text with `{{x}}`, and the words that a person would have quoted it for."""
PLACES: Places = {
    "bare": ("show {{x}}", lambda x: [x]),
    "bare, several": ("show a {{x}} -o={{x}} b", lambda x: ["a", x, f"-o={x}", "b"]),
    "double": ('show "a{{x}}b"', lambda x: [f"a{x}b"]),
    "double, beside an expansion": ('V=v; show "$V{{x}}$V"', lambda x: [f"v{x}v"]),
    "single": ("show 'a{{x}}b'", lambda x: [f"a{x}b"]),
    "behind =": ('V={{x}}; show "$V"', lambda x: [x]),
    "option behind =": ("show --out={{x}}", lambda x: [f"--out={x}"]),
    "a path": ("show /srv/{{x}}/a.txt", lambda x: [f"/srv/{x}/a.txt"]),
    "a path in double quotes": ('show "/srv/{{x}}"/a', lambda x: [f"/srv/{x}/a"]),
    "mixed quoting": ("show a'{{x}}'\"{{x}}\"{{x}}", lambda x: [f"a{x}{x}{x}"]),
    "substitution": ('show "$(printf %s. {{x}})"', lambda x: [f"{x}."]),
    "substitution, quoted inside": ("show \"$(printf %s. '{{x}}')\"", lambda x: [f"{x}."]),
}  # fmt: skip
OF_BASH: Places = {
    "ansi": ("show $'a{{x}}b'", lambda x: [f"a{x}b"]),
    "backticks": ('show "`printf %s. {{x}}`"', lambda x: [f"{x}."]),
    "nested substitution": ('show "$(printf %s. "$(printf %s. {{x}})")"', lambda x: [f"{x}.."]),
    "array": ('V=(1 {{x}} 2); show "${V[@]}"', lambda x: ["1", x, "2"]),
    "heredoc": ('show "$(cat <<END\na {{x}} b\n.\nEND\n)"', lambda x: [f"a {x} b\n."]),
    "heredoc, behind an expansion": ('V=v; show "$(cat <<END\n$V{{x}} b\n.\nEND\n)"', lambda x: [f"v{x} b\n."]),
    "quoted heredoc": ("show \"$(cat <<'END'\na {{x}} b\n.\nEND\n)\"", lambda x: [f"a {x} b\n."]),
    "here-string": ('show "$(cat <<< {{x}}.)"', lambda x: [f"{x}."]),
    "loop": ('for V in a {{x}}; do show "$V"; done', lambda x: ["a", x]),
    "case": ("case {{x}} in {{x}}) show y;; *) show n;; esac", lambda _: ["y"]),
    "test": ("if [[ {{x}} == {{x}} ]]; then show y; fi", lambda _: ["y"]),
    "behind an expansion": ("V=v; show $V{{x}}", lambda x: [f"v{x}"]),
    "stand-in": ('show "${UNSET:-a}"{{x}}', lambda x: [f"a{x}"]),
}  # fmt: skip
SERVE = {
    "bash": "show() { local w; for w; do printf '%s\\0' \"$w\"; done; }\n"
    "while IFS= read -r -d '' s; do eval \"$s\"; printf '\\1\\0'; done",
    "zsh": "show() { local w; for w; do printf '%s\\0' \"$w\"; done; }\n"
    "while IFS= read -r -d '' s; do eval \"$s\"; printf '\\1\\0'; done",
    "fish": "function show; for w in $argv; printf '%s\\0' $w; end; end\n"
    "while read -lz s; eval $s; printf '\\x01\\x00'; end",
}
WITHOUT_SETTINGS = {"bash": ["--norc", "--noprofile"], "zsh": ["-f"], "fish": ["--no-config"]}


class Shell:
    """One real shell that is given text after text, and tells the words that `show` got.

    Args:
        name: Which.
        folder: Where it stands; texts that run something leave a file there.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder = name, folder
        self._process = subprocess.Popen(
            [name, *WITHOUT_SETTINGS[name], "-c", SERVE[name]],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(folder.parent)},
        )

    def words(self, text: str) -> list[str]:
        """The words of all `show` in a text."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(text.encode() + b"\0")
        stdin.flush()
        said = bytearray()
        while not said.endswith(b"\1\0") or not (len(said) == 2 or said[-3] == 0):
            piece = os.read(stdout.fileno(), 65536)
            assert piece, f"{self.name} ended at {text!r}"
            said += piece
        return [word.decode() for word in bytes(said).split(b"\0")[:-2]]

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


def served_in(home: Path) -> Path:
    """An empty folder in a home of its own: fish keeps settings there."""
    folder = home / "work"
    folder.mkdir()
    return folder


FOR_FISH = frozenset(PLACES) - {"behind =", "double, beside an expansion"}
"""Places that are written alike in fish."""


@pytest.fixture(scope="module", params=["bash", "zsh", "fish"])
def shell(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    name = str(request.param)
    if shutil.which(name) is None:
        pytest.skip(f"needs {name}")
    served = Shell(name, served_in(tmp_path_factory.mktemp(name)))
    yield served
    served.close()


def check(shell: Shell, place: str, value: str) -> None:
    text, by_hand = (PLACES | OF_BASH)[place]
    try:
        rendered = template.render_shell(text, {"x": value}, shell.name)
    except BadInputError:
        assert may_be_refused(place, value), (place, value)
        return
    assert shell.words(rendered) == by_hand(value), rendered
    assert not list(shell.folder.iterdir()), rendered


def may_be_refused(place: str, value: str) -> bool:
    """Only a line that ends the here-document can't be written into it, nor what would go on a name there."""
    ends = "heredoc" in place and "END" in f"a {value} b".split("\n")
    return ends or (place == "heredoc, behind an expansion" and re.match(r"[\w\[:]", value) is not None)


@pytest.mark.parametrize(
    ("shell", "place"),
    [*((name, place) for name in ("bash", "zsh") for place in sorted(PLACES | OF_BASH))]
    + [("fish", place) for place in sorted(FOR_FISH)],
    indirect=["shell"],
)
def test_hostile_values_are_read_as_they_are(shell: Shell, place: str) -> None:
    for value in HOSTILE:
        check(shell, place, value)


@given(value=VALUES, place=st.sampled_from(sorted(PLACES | OF_BASH)))
@settings(max_examples=400, deadline=None)
def test_any_value_is_read_as_it_is(shell: Shell, value: str, place: str) -> None:
    if shell.name != "fish" or place in FOR_FISH:
        check(shell, place, value)
