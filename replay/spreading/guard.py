"""Says on disk which orders were begun and what came of them, so that no order is begun twice.

A scheduler may hand an order out again when the worker dies that had it, or that kept its result; then the claim is
there already, and the order is not carried out once more. Folder: `N.claim` (who began it), `N.result` (the answer),
`stopped` (no order may begin any more).
"""

from pathlib import Path

from replay.library.durable import content_of, create_file, explained, replace_file


class Guard:
    """The folder of one spreading.

    Args:
        folder: Seen by all workers at the same path; it is there already.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def stopped(self) -> Path:
        """There once no order may begin any more."""
        return self.folder / "stopped"

    def take(self, number: int, by: str) -> bool:
        """Claim an order, synced, before it is begun.

        Args:
            number: Its place among all.
            by: Who begins it, for a person.

        Returns:
            False when it was begun already.

        Raises:
            HostError: The folder can't be written.
        """
        self._see()
        try:
            create_file(self._claim(number), by.encode())
        except FileExistsError:
            return False
        return True

    def taken(self, number: int) -> str | None:
        """Who began an order; None when nobody has."""
        by = content_of(self._claim(number))
        return None if by is None else by.decode()

    def keep(self, number: int, answer: bytes) -> None:
        """Keep an answer where the death of its worker leaves it alone.

        Raises:
            HostError: The folder can't be written.
        """
        self._see()
        replace_file(self.folder / f"{number}.result", answer)

    def answer(self, number: int) -> bytes | None:
        """What was kept; None when nothing was."""
        return content_of(self.folder / f"{number}.result")

    def stop(self) -> None:
        """Let no order begin any more, and have those end that go on."""
        replace_file(self.stopped, b"")

    def _see(self) -> None:
        """The folder is never made here: on a machine that doesn't share it everything would begin twice."""
        with explained(self.folder):
            self.folder.stat()

    def _claim(self, number: int) -> Path:
        return self.folder / f"{number}.claim"
