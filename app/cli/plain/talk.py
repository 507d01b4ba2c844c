"""Questions and answers on lines: a question is asked once, an answer is one line, nothing is drawn again."""

import shlex
import sys
from collections.abc import Callable, Collection, Mapping, Sequence

import click

from app.cli.deciding import forget_typed, typed_out
from app.cli.voice import indented
from capture.printable import printable

Menu = Mapping[str, str]
"""What may be answered, and what each does, in a few words."""
NOT_HERE = {
    "play": "play moves the cursor; show RUN --step K tells what a step printed, show RUN --at TIME one screen of it"
}
"""Commands that can't do here what they do elsewhere, and what does."""
NO_RECORDING = (
    "Nothing is recorded yet. Answer record, do the work once in the shell that opens, then leave it with exit."
)
NO_PLAYBOOK = "No playbook yet. Answer recordings, open one, and compile it."
MOST = 30
"""Lines of a list, or of steps, that are told at once: who listens can't skip."""
HELP, BACK, QUIT = "help", "back", "quit"


class LeftError(Exception):
    """The person has left: they said so, or their input is at its end."""


def read_line(question: str) -> str | None:
    """A line, the question before it on the same one; None at the end of input.

    The terminal's own line editing serves: a library's would move the cursor.
    """
    click.echo(printable(question), nl=False)
    sys.stdout.flush()
    line = sys.stdin.readline()
    if not line or not sys.stdin.isatty():
        click.echo(printable(line.rstrip("\n")))
    return line.rstrip("\n") if line else None


class Talk:
    """One person at one terminal."""

    def __init__(
        self,
        run: Callable[[list[str]], int],
        commands: Collection[str],
        read: Callable[[str], str | None] = read_line,
    ) -> None:
        """Begin.

        Args:
            run: Runs the arguments of a command, tells what went wrong, and gives the exit code.
            commands: The names of all.
            read: Asks, and gives the line that came; None at the end of input.
        """
        self._run, self._commands, self._read = run, commands, read
        self._told: Menu | None = None

    def run(self, *words: str) -> bool:
        """Run a command of the command line; whether it went well."""
        return self._run(list(words)) == 0

    def say(self, *lines: str) -> None:
        """Each on a line of its own, whatever it holds made printable."""
        for line in lines:
            click.echo(indented(printable(line)))

    def ask(self, question: str, *, otherwise: str = "") -> str:
        """A line without the blanks around it.

        Args:
            question: As it is shown.
            otherwise: What an empty line means; told in the question.

        Raises:
            LeftError: The input is at its end.
        """
        shown = f"{question} Enter takes {otherwise}. " if otherwise else f"{question} "
        line = self._read(_in_one(shown))
        if line is None:
            raise LeftError
        return line.strip() or otherwise

    def agrees(self, question: str) -> bool:
        """Whether they say yes, behind the question and not before it; anything else is a no."""
        forget_typed()
        return self.ask(f"{question} yes or no?").lower() in ("y", "yes")

    def means(self, word: str, what: str) -> bool:
        """Whether they type a word in full, behind the question and not before it."""
        meant = typed_out(word, _in_one(what), self._read)
        if not meant:
            self.say("nothing was done")
        return meant

    def choose(self, question: str, menu: Menu) -> tuple[str, str]:
        """One of some words, or a beginning that means one alone, and what stands behind it.

        What is no such word, and a command of the command line, is run at once, and asked again. The words are told
        with the first question of several.

        Args:
            question: Without the words.
            menu: The words.

        Raises:
            LeftError: They quit, or the input is at its end.
        """
        while True:
            words = "" if menu is self._told else f" {', '.join((*menu, HELP))}?"
            self._told = menu
            line = self.ask(question + words)
            typed, _, rest = line.partition(" ")
            if typed not in menu and self._ran(line):
                continue
            found = _meant(typed.lower(), tuple(dict.fromkeys((*menu, HELP, QUIT))))
            if found == [HELP]:
                self.say(*(f"{word}: {does}" for word, does in menu.items()))
            elif found == [QUIT]:
                raise LeftError
            elif len(found) == 1:
                return found[0], rest.strip()
            elif len(found) > 1:
                self.say(f"{typed} may be {' or '.join(found)}")
            elif line:
                self.say(f"{typed} is no answer here; help lists what there is")

    def _ran(self, line: str) -> bool:
        """Run a line as a command of the command line; whether it is one."""
        try:
            words = shlex.split(line)
        except ValueError:
            return False
        words = words[1:] if words[:1] == ["replaybook"] else words
        if not words or words[0] not in self._commands:
            return False
        if words[0] in NOT_HERE:
            self.say(NOT_HERE[words[0]])
        else:
            self.run(*words)
        return True

    def pick(self, what: str, listed: Sequence[tuple[str, str]], *, holding: str = "") -> str | None:
        """Tell a list with its numbers, and have one picked; None: none of them.

        Args:
            what: One of them is this.
            listed: The name of each, by which it may be called too, and a line on it.
            holding: Only those whose line holds this.

        Returns:
            Its name.

        Raises:
            LeftError: The input is at its end.
        """
        found = [one for one in listed if holding.lower() in " ".join(one).lower()]
        if not found:
            self.say(f"no {what} holds {holding}")
            return None
        self.say(*(f"{at}. {words}" for at, (_, words) in enumerate(found[:MOST], 1)))
        if len(found) > MOST:
            self.say(f"{len(found) - MOST} more; a word behind the answer lists only what holds it, as in {what}s WORD")
        while True:
            typed = self.ask(f"Which {what}? A number from 1 to {len(found)}, or enter to go back.")
            if not typed or typed == BACK:
                return None
            if typed.isdecimal() and 0 < int(typed) <= len(found):
                return found[int(typed) - 1][0]
            if typed in dict(found):
                return typed
            self.say(f"there is no {what} {typed}")


def counted(number: int, one: str, many: str = "") -> str:
    """`no run`, `1 run`, `2 runs`."""
    return f"{number or 'no'} {one if number in (0, 1) else many or one + 's'}"


def _in_one(question: str) -> str:
    """A question is one line, whatever is named in it."""
    return " ".join(question.splitlines())


def _meant(typed: str, words: Sequence[str]) -> list[str]:
    if not typed:
        return []
    return [word for word in words if word == typed] or [word for word in words if word.startswith(typed)]
