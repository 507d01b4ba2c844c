"""What every session with the team's server is told first."""

from collections.abc import Mapping
from typing import Any

from psycopg.conninfo import make_conninfo

CONNECT_S = 5
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
    timeout = address.get("connect_timeout") or CONNECT_S
    return make_conninfo(**{**address, "connect_timeout": timeout, "client_encoding": "utf8"})
