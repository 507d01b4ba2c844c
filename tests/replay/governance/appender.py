"""An appender in a process of its own; `ok SEQ` means that an entry was acknowledged."""

import os
import signal
import sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from unittest.mock import patch

from replay.governance import audit
from replay.governance.audit import AuditLog
from replay.governance.chain import AuditHead


def die_at(step: str) -> None:
    """Let this process be killed at one step of an append: a kill from outside rarely hits it."""
    write_head = AuditLog._write_head

    def kill(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def tear(descriptor: int, content: bytes) -> None:
        os.write(descriptor, content[: len(content) // 2])
        kill()

    def announce_only(log: AuditLog, head: AuditHead) -> None:
        if head.next is None:
            kill()
        write_head(log, head)

    if step == "before the line":
        patch.object(audit, "write_all", kill).start()
    elif step == "within the line":
        patch.object(audit, "write_all", tear).start()
    elif step == "before the head":
        patch.object(AuditLog, "_write_head", announce_only).start()


def main() -> None:
    path, times, name = sys.argv[1:]
    log = AuditLog(Path(path), clock=lambda: datetime.now(UTC))
    for number in range(int(times)) if times.isdigit() else count():
        if not times.isdigit() and number == 3:
            die_at(times)
        entry = log.append(actor=name, action="promoted", subject=f"site@{number}")
        sys.stdout.write(f"ok {entry.seq}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
