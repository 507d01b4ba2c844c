"""Makes a write that may have to be sent twice happen once: it carries a token that the database takes once."""

import os
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import errors

_CLAIM = "WITH claimed AS (INSERT INTO replaybook.writes (token) VALUES (%s)) "
_KEY = "writes_pkey"
_FORGET = "DELETE FROM replaybook.writes WHERE at < now() - interval '1 hour'"


def new_token() -> str:
    """A random UUID, as PostgreSQL reads it."""
    return os.urandom(16).hex()


@lru_cache(512)
def claiming(query: str) -> str:
    """The statement with a token as its first parameter; it fails where that has been taken, and waits to know it."""
    return _CLAIM + query


def is_claimed(error: errors.UniqueViolation) -> bool:
    """Whether a statement failed because its token has been taken: it had happened before."""
    return error.diag.constraint_name == _KEY


def forget_old_tokens(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    """Drop those that nobody can ask for any more."""
    connection.execute(_FORGET)
