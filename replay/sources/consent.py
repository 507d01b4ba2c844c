"""Whether a person has seen what goes to an endpoint, and said yes: the log of decisions alone says so."""

from collections.abc import Iterable
from hashlib import sha256

import msgspec

from replay.governance.audit import Action
from replay.governance.chain import AuditEntry
from replay.sources.asked import request_schema
from replay.sources.settings import Endpoint, ModelEndpoint

SUBJECT = "source:"
"""So begins, in the log, what consents are about."""


def digest_of(endpoint: Endpoint) -> str:
    """What a consent is for: the address, the model, and the form of what is sent."""
    model = endpoint.model if isinstance(endpoint, ModelEndpoint) else None
    named = {"source": endpoint.name, "url": endpoint.post_url, "model": model, "shape": request_schema()}
    return f"sha256:{sha256(msgspec.json.encode(named, order='sorted')).hexdigest()}"


def is_allowed(entries: Iterable[AuditEntry], endpoint: Endpoint) -> bool:
    """Whether the last word on a source is a yes to this very endpoint and form.

    Args:
        entries: The log's, oldest first.
        endpoint: As the settings have it now.
    """
    words = (Action.SOURCE_ALLOWED, Action.SOURCE_WITHDRAWN)
    about = [one for one in entries if one.subject == f"{SUBJECT}{endpoint.name}" and one.action in words]
    last = about[-1] if about else None
    return (
        last is not None and last.action == Action.SOURCE_ALLOWED and last.details.get("digest") == digest_of(endpoint)
    )
