"""Carries what `ssh` asks to the person: passwords, passphrases, whether a host key is right; never answers itself."""

import contextlib
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from capture.home import PRIVATE_FILE
from replay.fleet.model import Ask, Question

# ssh runs it with the prompt as its argument (ssh(1), SSH_ASKPASS); what it prints is the answer.
_PROGRAM = """#!/bin/sh
umask 077
d=${0%/*} a=${0%/*}/$$
mkfifo "$a" || exit 1
printf '%s\\036%s\\036%s\\037' "$$" "$SSH_ASKED_FOR" "$1" >"$d/asked"
IFS= read -r said <"$a"
rm -f "$a"
case $said in y*) printf '%s\\n' "${said#y}" ;; *) exit 1 ;; esac
"""
_UNIT, _FIELD = b"\x1f", b"\x1e"
HOST = "SSH_ASKED_FOR"
"""Variable that tells the program which host is asked for."""


@contextmanager
def asked(ask: Ask | None) -> Iterator[Mapping[str, str]]:
    """While inside, what `ssh` asks goes to a person.

    Args:
        ask: Asks them; None: nobody is there.

    Yields:
        Variables for `ssh`; with `HOST` set to the name of the host.
    """
    if ask is None:
        yield {}
        return
    with TemporaryDirectory(prefix="replaybook-") as folder:
        program = Path(folder, "askpass")
        program.write_text(_PROGRAM, encoding="utf-8")
        program.chmod(0o700)
        os.mkfifo(Path(folder, "asked"), PRIVATE_FILE)
        # Open for both: neither end ever waits for the other to open it.
        questions = os.open(Path(folder, "asked"), os.O_RDWR)
        over = threading.Event()
        desk = threading.Thread(target=_serve, args=(Path(folder), questions, ask, over), daemon=True)
        desk.start()
        try:
            yield {"SSH_ASKPASS": str(program), "SSH_ASKPASS_REQUIRE": "force"}
        finally:
            over.set()
            os.write(questions, _UNIT)
            desk.join()
            os.close(questions)


def _serve(folder: Path, questions: int, ask: Ask, over: threading.Event) -> None:
    """Put one question after the other until an empty one comes; who has not answered for a host is let alone."""
    pending, silent, before = b"", set[bytes](), set[tuple[bytes, bytes]]()
    while True:
        pending += os.read(questions, 4096)
        *whole, pending = pending.split(_UNIT)
        for one in whole:
            if not one:
                return
            number, host, text = one.split(_FIELD, 2)
            answer = None
            if host not in silent and not over.is_set():
                question = _question(host.decode(errors="replace"), text.decode(errors="replace"), over)
                answer = _answer(ask, msgspec.structs.replace(question, again=(host, text) in before))
                before.add((host, text))
            if answer is None:
                silent.add(host)
            with contextlib.suppress(OSError):
                # Not waited for: the one who asked may be gone.
                told = os.open(folder / number.decode(), os.O_RDWR | os.O_NONBLOCK)
                os.write(told, b"n\n" if answer is None else f"y{answer}\n".encode())
                _let_read(told, folder / number.decode())


def _question(host: str, text: str, over: threading.Event) -> Question:
    return Question(host=host, text=text, secret="(yes/no" not in text, over=over.is_set)


def _answer(ask: Ask, question: Question) -> str | None:
    answer = ask(question)
    return None if answer is None or "\n" in answer else answer


def _let_read(descriptor: int, path: Path) -> None:
    """Keep an answer until it was read: the program takes its fifo away then."""
    for _ in range(200):
        if not path.exists():
            break
        threading.Event().wait(0.01)
    os.close(descriptor)
