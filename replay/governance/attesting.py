"""Decisions as in-toto statements, so that other people's tools can ask who decided what about which digest.

Statement v1 of the in-toto attestation framework, unsigned: who wants signatures wraps each line in an envelope (DSSE).
"""

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import msgspec

from replay.governance.audit import Action
from replay.governance.chain import AuditEntry
from replay.governance.promotion import VALIDATION_DETAIL

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:replaybook:audit-entry:v1"
"""The predicate is an entry of the audit log, hash and all, as `audit_format` describes it."""
FORMS = ("in-toto",)
"""What the log can be exported as."""
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
_SUFFIX = "_digest"

Statement = dict[str, Any]


def statement(entry: AuditEntry) -> Statement:
    """What one decision attests, of the documents whose digests it named.

    Args:
        entry: Of the audit log.

    Returns:
        A statement. One about nothing that has a digest, as a frozen home, is about the entry itself.
    """
    about = dict(_subjects(entry)) or {f"audit-entry-{entry.seq}": entry.hash}
    return {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": name, "digest": {"sha256": digest}} for name, digest in about.items()],
        "predicateType": PREDICATE_TYPE,
        "predicate": msgspec.to_builtins(entry),
    }


def _subjects(entry: AuditEntry) -> Iterator[tuple[str, str]]:
    """Names and digests: of what was decided on under its own name, of what it stands on as `NAME/base`."""
    repair = f"repair{_SUFFIX}" in entry.details
    for key, value in sorted(entry.details.items()):
        found = _DIGEST.fullmatch(value)
        if found is None:
            continue
        role = key.removesuffix(_SUFFIX)
        if role == ("repair" if repair else "digest"):
            yield entry.subject, found[1]
        else:
            # The version that a repair made is known by its number alone.
            made = f"version-{entry.details['version']}" if role == "digest" and "version" in entry.details else role
            yield f"{entry.subject}/{made}", found[1]
    if entry.action == Action.VALIDATED and VALIDATION_DETAIL in entry.details:
        yield f"{entry.subject}/validation", sha256(entry.details[VALIDATION_DETAIL].encode()).hexdigest()
