"""What an approval is bound to, as digests and as the audit log's words (pure)."""

from hashlib import sha256

import msgspec

from replay.library.rows import Approval, RepairRow, ValidationRow
from replay.repairs.proposal import Repair


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What a person had before them when they decided."""

    shown: str
    """SHA-256 of the text as it was shown: the diff, or their own command in its place."""
    ms: int | None = None
    """For how long; None: not known."""


def row_of(repair: Repair) -> RepairRow:
    """The catalog's row of a repair that no one has answered yet."""
    return RepairRow(
        id=repair.repair_id,
        playbook=repair.playbook,
        base_version=repair.base_version,
        base_digest=repair.base_digest,
        status=repair.status,
        created_at=repair.created_at,
        replay_id=repair.replay_id,
    )


def repair_digest(repair: Repair) -> str:
    """What a person says yes to: the patch, where it goes, and nothing that may change later."""
    shown = {
        "playbook": repair.playbook,
        "base_version": repair.base_version,
        "base_digest": repair.base_digest,
        "patch": msgspec.to_builtins(repair.patch),
        "diff": repair.diff,
    }
    return digest_of(shown)


def shown(validation: ValidationRow) -> dict[str, object]:
    """A validation as the documents of repairs and versions hold it."""
    control = None if validation.control is None else msgspec.to_builtins(validation.control)
    return {
        "validation_id": validation.id,
        "verdict": validation.verdict.value,
        "level": validation.level,
        "control": control,
        "host_changes": validation.host_changes,
    }


def text_digest(text: str) -> str:
    """Of what was put before a person."""
    return f"sha256:{sha256(text.encode('utf-8', 'replace')).hexdigest()}"


def named(approval: Approval) -> dict[str, str]:
    """The exact digests that an approval is for, for the audit log."""
    return {
        "base_digest": approval.base_digest,
        "repair_digest": approval.repair_digest,
        "validation_digest": approval.validation_digest or "none",
    }


def shown_to(seen: Seen | None) -> dict[str, str]:
    """What a person had before them, for the audit log."""
    ms = "unknown" if seen is None or seen.ms is None else str(seen.ms)
    return {"shown": seen.shown if seen else "none", "shown_ms": ms}


def digest_of(value: object) -> str:
    """Of a value, by its JSON."""
    return f"sha256:{sha256(msgspec.json.encode(value, order='sorted')).hexdigest()}"
