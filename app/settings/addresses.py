"""The setting that names a team's server: an address that may be kept, and never a password in it (pure)."""

import re

SETTING = "team.catalog"
"""Its name."""
ADDRESS = re.compile(r"postgres(?:ql)?://")
_PASSWORD = re.compile(r"postgres(?:ql)?://[^/@]*:[^/@]*@|(?:^|\s)\w*(?:password|secret)\s*=", re.IGNORECASE)
"""As libpq reads an address (Connection Strings): before the first @, behind a colon; or among its key words."""


def wrong_address(value: object) -> str | None:
    """What is wrong with an address that would be kept, in a clause that never repeats it; None when nothing is.

    Args:
        value: As TOML gives it.
    """
    if not isinstance(value, str):
        return "it is a text, as postgresql://USER@HOST/DATABASE"
    if has_password(value):
        return (
            "an address with a password is not kept; leave it out: libpq takes it from ~/.pgpass, from the file that "
            "PGPASSFILE names, or from a service (service=NAME, in ~/.pg_service.conf)"
        )
    if value and not ADDRESS.match(value) and "=" not in value:
        return "that is no address of a PostgreSQL server; write postgresql://USER@HOST/DATABASE or service=NAME"
    return None


def has_password(address: str) -> bool:
    """Whether an address holds a password.

    Args:
        address: As libpq takes it.
    """
    from urllib.parse import parse_qsl  # noqa: PLC0415 - only what is kept is looked at so

    asked = address.partition("?")[2] if ADDRESS.match(address) else ""
    named = (name.lower() for name, _ in parse_qsl(asked, keep_blank_values=True))
    return bool(_PASSWORD.search(address)) or any(name.endswith(("password", "secret")) for name in named)
