"""Makes the catalog again because somebody asks for it, and says what that came to."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from capture.home import Home
from capture.tape.reader import run_ids
from replay.governance.audit import AuditLog
from replay.governance.rebuild import CaughtUp, rebuild
from replay.library.catalog import TinyCatalog
from replay.library.rows import RepairRow, ReplayRow, RunRow, ValidationRow, VersionRow
from replay.library.storage import CorruptCatalogError


class Rebuilt(msgspec.Struct, frozen=True, kw_only=True):
    """What a rebuilt catalog holds, and where it differs from the one before."""

    runs: int
    versions: int
    repairs: int
    replays: int
    validations: int
    damage: str | None
    """What was wrong with the old one; None: it could be read."""
    log_whole: bool
    """Whether states could be taken from the audit log; else every version is a draft, or disabled."""
    unreadable: tuple[str, ...]
    """Recordings whose files can't be read, and versions."""
    changed: tuple[str, ...]
    """Versions that stand differently now, as `site@2: active, was draft`; none when the old one was damaged."""
    kept: str | None
    """Where the old catalog is now."""

    def lines(self) -> list[str]:
        """For a person."""
        counts = {
            "recordings": self.runs,
            "versions": self.versions,
            "repairs": self.repairs,
            "replays": self.replays,
            "validations": self.validations,
        }
        said = [f"rebuilt from the files: {', '.join(f'{count} {name}' for name, count in counts.items())}"]
        said += [f"the old one could not be read: {self.damage}"] if self.damage else []
        if not self.log_whole:
            said.append("the audit log is not whole, so no version is active: replaybook audit --verify says where")
        said += [f"can't be read: {one}" for one in self.unreadable]
        said += list(self.changed)
        return [*said, f"the old one is {self.kept}"] if self.kept else said


def rebuild_anew(home: Home, audit: AuditLog, *, clock: Callable[[], datetime]) -> Rebuilt:
    """Set the catalog aside, whatever is in it, and fill a new one from the files.

    Args:
        home: Prepared.
        audit: Its log.
        clock: For the name of the file that is set aside.

    Returns:
        What came of it.

    Raises:
        HostError: The catalog can't be locked or written.
    """
    catalog = CaughtUp(home.catalog, audit)
    with catalog.storage.exclusive():
        before, damage = _before(catalog)
        aside = catalog.storage.set_aside(f"old-{clock():%Y%m%d-%H%M%S-%f}")
        rebuild(home, catalog, audit, clock=clock)
        with catalog.transaction():
            rows = [_as_known(row, before.get(row.id)) for row in catalog.find(VersionRow)]
            catalog.put(*rows)
        runs = catalog.find(RunRow)
        return Rebuilt(
            runs=len(runs),
            versions=len(rows),
            repairs=len(catalog.find(RepairRow)),
            replays=len(catalog.find(ReplayRow)),
            validations=len(catalog.find(ValidationRow)),
            damage=damage,
            log_whole=audit.verify().ok,
            unreadable=(
                *sorted(set(run_ids(home)) - {row.id for row in runs}),
                *(f"{row.ref}: {row.problem}" for row in rows if row.problem),
            ),
            changed=tuple(
                f"{row.ref}: {row.status}, was {before[row.id].status}"
                for row in rows
                if row.id in before and before[row.id].status != row.status
            ),
            kept=str(aside) if aside else None,
        )


def _before(catalog: TinyCatalog) -> tuple[dict[str, VersionRow], str | None]:
    try:
        catalog.check()
        return {row.id: row for row in catalog.find(VersionRow)}, None
    except CorruptCatalogError as error:
        return {}, str(error)


def _as_known(row: VersionRow, before: VersionRow | None) -> VersionRow:
    """With what no file says, as far as the old catalog said it of the very same document."""
    if before is None or before.digest != row.digest:
        return row
    return msgspec.structs.replace(row, created_at=before.created_at, made_from=before.made_from)
