"""The head of a team's audit log as this home saw it last: whoever writes the database anew can't write that."""

from hashlib import sha256
from pathlib import Path

from capture.home import PRIVATE_FOLDER
from replay.governance.chain import AuditHead, head_line, read_head
from replay.library.durable import content_of, replace_file


class HeadCopy:
    """One file in the home, in the form of audit.head: `team/` and 16 digits of the SHA-256 of the server's address."""

    def __init__(self, home: Path, where: str) -> None:
        """Write nothing yet.

        Args:
            home: The home's folder.
            where: The database, as `HOST:PORT/NAME`.
        """
        self.path = home / "team" / f"{sha256(where.encode()).hexdigest()[:16]}.head"

    def content(self) -> bytes | None:
        """All of it; None: no log of that database was seen yet."""
        return content_of(self.path)

    def head(self) -> AuditHead | None:
        """What it says; None: nothing, or it was damaged."""
        content = self.content()
        return None if content is None else read_head(content)

    def keep(self, head: AuditHead) -> None:
        """Let this be what was seen last; what other processes of this home have seen beyond that stays."""
        known = self.head()
        if self.content() is None or (known is not None and known.entries < head.entries):
            self.path.parent.mkdir(PRIVATE_FOLDER, exist_ok=True)
            replace_file(self.path, head_line(head))
