"""Where each version of a playbook comes from, and what it changed."""

from contextlib import suppress

from app.core.versions import Versions
from app.lineage import Descent
from capture.errors import AwayError
from replay.governance.audit import Action
from replay.governance.chain import AuditEntry
from replay.library.rows import ELSEWHERE, RepairRow, VersionRow
from replay.sharing.values import Standing


class Lineages(Versions):
    """What can be told of the versions of one playbook together."""

    def lineage(self, name: str) -> tuple[Descent, ...]:
        """Every version of a playbook, newest first, with what it was made of.

        Raises:
            UnknownNameError: There is no such playbook.
        """
        rows = self._register.rows(self._shelf.resolve(name)[0])
        came = self._signatures() if any(_is_from_elsewhere(row) for row in rows) else {}
        return tuple(self._descent(row, came.get(row.ref)) for row in reversed(rows))

    def _signatures(self) -> dict[str, str]:
        """What the signature of each version that was fetched was worth then, by NAME@V; none where the log is away."""
        with suppress(AwayError):
            entries = [one for one in self._audit.entries() if one.action == Action.FETCHED]
            return {one.subject: _standing(one) for one in entries}
        return {}

    def _descent(self, row: VersionRow, signature: str | None) -> Descent:
        repairs = [one for source in row.made_from if (one := self._catalog.get(RepairRow, source)) is not None]
        edited = [int(one.rpartition("@")[2]) for one in row.made_from if one.startswith(f"{row.name}@")]
        how, base = "compiled", row.version - 1 or None
        if repairs:
            base = repairs[-1].base_version
            how = f"repair of v{base}" if len(repairs) == 1 else f"{len(repairs)} repairs of v{base}"
        elif edited:
            base = edited[0]
            how = f"edit of v{base}" if len(row.made_from) == 1 else f"update of v{base}"
        elif _is_from_elsewhere(row):
            source, _, ref = row.made_from[0].removeprefix(ELSEWHERE).rpartition("#")
            how = f"fetched from {source.rpartition('/')[2]} as {ref}{f', {signature}' if signature else ''}"
            base = base if base in self._shelf.versions(row.name) else None
        elif any(one.startswith("markdown:") for one in row.made_from):
            how = "imported"
        elif len(row.made_from) > 1:
            how = f"compiled of {len(row.made_from)} runs"
        return Descent(
            version=row.version,
            status=row.status,
            created_at=row.created_at,
            how=how,
            base=base,
            steps=row.steps,
            problem=row.problem,
        )


def _is_from_elsewhere(row: VersionRow) -> bool:
    return any(one.startswith(ELSEWHERE) for one in row.made_from)


def _standing(entry: AuditEntry) -> str:
    match entry.details.get("signature"):
        case Standing.SIGNED:
            return f"signed by {entry.details.get('signer', 'somebody')}"
        case Standing.STRANGER:
            return "signed by an unknown key"
        case Standing.WRONG:
            return "signed wrongly"
        case _:
            return "not signed"
