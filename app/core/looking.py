"""Looking at recordings: opened at once however long they are, searched, their files told line by line."""

from collections.abc import Callable, Iterator
from contextlib import suppress

from app.core.recordings import Recordings
from app.file_diffs import FileDiff, written
from app.found import MOST_IN_ALL, MOST_IN_ONE, Found, FoundIn, found_in
from capture.errors import BadInputError, UnknownNameError
from capture.tape import reader
from capture.tape.glance import Glance, glance
from capture.tape.searching import Needle, hits
from capture.trace import Step


class Looking(Recordings):
    """What can be seen of runs without changing any."""

    def glance(self, run: str) -> Glance:
        """A run with all of its steps; what they printed is read when it is asked for.

        Args:
            run: As for `trace`.
        """
        found = glance(self.home, self._run_id(run))
        self._settle(found.trace.run)
        return found

    def written(self, step: Step) -> tuple[FileDiff, ...]:
        """What a recorded step wrote into files."""
        return written(step, self.home.blob)

    def search(
        self,
        text: str,
        run: str | None = None,
        *,
        told: Callable[[FoundIn], object] = lambda _: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Found:
        """Find a text in the commands and outputs of one run, or of all, newest first.

        Args:
            text: Of one line; without a capital letter, capitals don't matter.
            run: As for `trace`; None: all runs.
            told: Takes each run with a hit at once.
            stopped: Whether to end with what there is.

        Raises:
            BadInputError: The text is empty or of several lines.
            UnknownNameError: No such run.
        """
        if not text.strip() or "\n" in text:
            raise BadInputError("nothing to search for; give a text of one line")
        needle, among = Needle(text), (self._run_id(run),) if run else tuple(reversed(reader.run_ids(self.home)))
        found: list[FoundIn] = []
        searched = 0
        for run_id in among:
            if stopped():
                break
            searched += 1
            for one in self._found_in(run_id, needle, most=MOST_IN_ONE if run else MOST_IN_ALL):
                found.append(one)
                told(one)
        return Found(query=text, searched=searched, runs=tuple(found))

    def _found_in(self, run_id: str, needle: Needle, *, most: int) -> Iterator[FoundIn]:
        """A run that another process deletes right now has no hit."""
        with suppress(BadInputError, UnknownNameError):
            seen = glance(self.home, run_id)
            one = found_in(seen.trace.run, hits(seen, needle), most=most)
            if one is not None:
                yield one
