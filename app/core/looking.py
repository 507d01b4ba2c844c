"""Looking at recordings: opened at once however long they are, searched, their files told line by line."""

from collections.abc import Callable
from contextlib import suppress

from app.core.recordings import Recordings
from app.file_diffs import FileDiff, written
from app.found import MOST_IN_ALL, MOST_IN_ONE, Found, FoundIn, found_in
from app.putting import Told, unheard
from capture.errors import BadInputError, UnknownNameError
from capture.tape.glance import Glance, glance
from capture.tape.searching import Needle, hits
from capture.tape.surveying import Survey
from capture.trace import Step

READ_EACH = 100
"""After so many recordings that the index does not know it is told how far it is."""


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
        progress: Told = unheard,
    ) -> Found:
        """Find a text in the commands and outputs of one run, or of all, newest first.

        Args:
            text: Of one line; without a capital letter, capitals don't matter.
            run: As for `trace`; None: all runs.
            told: Takes each run with a hit at once.
            stopped: Whether to end with what there is.
            progress: Is told how many were read that the index doesn't know yet; what it raises ends the search.

        Raises:
            BadInputError: The text is empty or of several lines.
            UnknownNameError: No such run.
        """
        if not text.strip() or "\n" in text:
            raise BadInputError("nothing to search for; give a text of one line")
        needle, found = Needle(text), list[FoundIn]()

        def look(seen: Glance, *, most: int) -> None:
            one = found_in(seen.trace.run, hits(seen, needle), most=most)
            if one is not None:
                found.append(one)
                told(one)

        if run:
            look(glance(self.home, self._run_id(run)), most=MOST_IN_ONE)
            return Found(query=text, searched=1, runs=tuple(found))
        with Survey(self.home, text) as survey:
            for run_id in survey.runs:
                if stopped():
                    return Found(query=text, searched=survey.searched(run_id), runs=tuple(found))
                # One that another process deletes right now has no hit.
                with suppress(BadInputError, UnknownNameError):
                    seen = survey.glance(run_id)
                    look(seen, most=MOST_IN_ALL)
                    survey.take(seen)
                if survey.read % READ_EACH == 0 and run_id in survey.unread:
                    progress(f"{survey.read:,} of {len(survey.unread):,} recordings read anew")
            return Found(query=text, searched=survey.searched(), runs=tuple(found))
