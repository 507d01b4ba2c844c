"""What every session with the team's server is told first."""

from collections.abc import Mapping
from typing import Any

from psycopg.conninfo import make_conninfo

UNSAID = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""What an address says that says nothing else (libpq, Parameter Key Words): a server that has fallen silent is away."""
LOCK_S = 30
"""As long as the catalog in a home waits for its lock."""
SETTINGS = f"""
SET lock_timeout = '{LOCK_S}s';
SET idle_in_transaction_session_timeout = '60s';
SET tcp_keepalives_idle = 10;
SET tcp_keepalives_interval = 5;
SET tcp_keepalives_count = 3;
SET TIME ZONE 'UTC';
SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'
"""
"""What has been acknowledged is on the disk; a writer whose machine has vanished does not hold up the others."""


def completed(address: Mapping[str, Any]) -> str:
    """An address in libpq's words, with what the program needs and its writer did not say."""
    return make_conninfo(**{**UNSAID, **address, "client_encoding": "utf8"})
