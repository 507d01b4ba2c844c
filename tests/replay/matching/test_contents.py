"""Tests of contents that hold a path which must be quoted where a replay runs."""

import pytest

from replay.matching.contents import is_content
from replay.matching.masks import content_digest

HERE, THERE = {"project": "/srv/site"}, {"project": "/srv/my site"}


def _same(recorded: str, now: str, values: dict[str, str] = THERE) -> bool:
    digest = content_digest(recorded.encode(), HERE)
    assert digest is not None
    return is_content(now.encode(), digest, values)


@pytest.mark.parametrize(
    ("recorded", "now"),
    [
        ("VIRTUAL_ENV=/srv/site/.venv\n", "VIRTUAL_ENV='/srv/my site/.venv'\n"),
        ("cmake -S/srv/site -B/srv/site/build\n", 'cmake -S"/srv/my site" -B"/srv/my site/build"\n'),
        ("cd /srv/site/bin && ls\n", "cd /srv/my\\ site/bin && ls\n"),
        ("build a.o: cc /srv/site/a.c\n", "build a.o: cc /srv/my$ site/a.c\n"),
        ("home = /srv/site/.venv\n", "home = /srv/my site/.venv\n"),
        ('path "/srv/site/a"\n', 'path "/srv/my site/a"\n'),
    ],
)
def test_a_path_may_be_written_as_its_own_characters_need(recorded: str, now: str) -> None:
    assert _same(recorded, now)


@pytest.mark.parametrize(
    ("recorded", "now"),
    [
        # Another path, or another one below it.
        ("VIRTUAL_ENV=/srv/site/.venv\n", "VIRTUAL_ENV='/srv/my site/.env'\n"),
        ("VIRTUAL_ENV=/srv/site/.venv\n", "VIRTUAL_ENV='/srv/other work/.venv'\n"),
        # Quotes around anything else.
        ("say hello to /srv/site\n", "say 'hello' to '/srv/my site'\n"),
        ("echo /srv/site done\n", "echo '/srv/my site done'\n"),
        ("run /srv/site/$X\n", "run '/srv/my site/$X'\n"),
        # Half a quote.
        ("VIRTUAL_ENV=/srv/site/.venv\n", "VIRTUAL_ENV='/srv/my site/.venv\n"),
    ],
)
def test_anything_else_is_another_content(recorded: str, now: str) -> None:
    assert not _same(recorded, now)


def test_where_no_path_needs_quotes_they_are_a_difference() -> None:
    assert not _same("VIRTUAL_ENV=/srv/site/.venv\n", "VIRTUAL_ENV='/srv/site/.venv'\n", HERE)


def test_what_is_no_text_is_never_the_recorded_one() -> None:
    digest = content_digest(b"text", HERE)
    assert digest is not None
    assert not is_content(b"\xff\xfe text", digest, THERE)
