"""Compiling recordings from a screen: a job that goes on whatever screen is left, and can be stopped."""

from collections.abc import Sequence

from textual.message import Message

from app.errands import Errand
from app.looking import Marked
from app.ports import Core
from app.screens.endings import ending_of
from app.workers.facts import Compiled, NotCompiled
from capture.errors import BadInputError

UNMARKED = Marked()


def compile_errand(core: Core, runs: Sequence[str], *, name: str, marked: Marked = UNMARKED) -> Errand:
    """Compiling recordings of the same work, as a job whose fact is `Compiled`, or `NotCompiled` where they part.

    Args:
        core: Who does it.
        runs: Their ids.
        name: Of the playbook.
        marked: Recorded steps that must stay, and that are left out.
    """

    def work(errand: Errand) -> Message:
        try:
            return Compiled(core.compile(runs, name=name, keep=marked.keep, drop=marked.drop, progress=errand.go_on))
        except BadInputError as error:
            if len(runs) > 1:
                return NotCompiled(str(error))
            raise

    return Errand(f"compiling {name}", work, ending=ending_of)
