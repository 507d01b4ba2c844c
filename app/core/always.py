"""What was done just now, made into a run after the fact."""

from collections.abc import Mapping
from pathlib import Path

from app.core.edits import Edits
from capture.always import sessions
from capture.tape.contents import Keeping
from capture.trace import Trace


class Always(Edits):
    """What can be done with the recording that is always on."""

    def record_last(
        self, count: int, *, environment: Mapping[str, str], session: str | None = None, name: str | None = None
    ) -> Trace:
        """Make a run of the last commands that have ended in such a session.

        Raises:
            UnknownNameError: There is no such session.
            BadInputError: No command has ended in it yet.
        """
        found = sessions.find(self.home, environment, session)
        last = sessions.last_steps(found, count)
        name = name or Path(last.recording.trace.run.cwd).name or found.name
        with Keeping(self.home) as keeping:
            for content in last.contents():
                keeping.store(content)
            return self._made(last.recording, name=name, how=f"made of the last commands of session {found.name}")
