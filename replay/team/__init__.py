"""What a team shares: the catalog in PostgreSQL, in the place of the one in each home."""

from importlib.util import find_spec

from capture.errors import BadInputError

INSTALL = "the team catalog needs psycopg; install it with `pip install 'replaybook[team]'`"

if find_spec("psycopg") is None:
    raise BadInputError(INSTALL)
