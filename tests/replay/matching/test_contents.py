"""Tests of contents that hold a path which must be quoted where a replay runs."""

import pytest

from replay.matching.contents import is_content
from replay.matching.masks import content_digest

HERE, THERE = {"project": "/srv/work"}, {"project": "/srv/my work"}


def _same(recorded: str, now: str, values: dict[str, str] = THERE) -> bool:
    digest = content_digest(recorded.encode(), HERE)
    assert digest is not None
    return is_content(now.encode(), digest, values)


@pytest.mark.parametrize(
    ("recorded", "now"),
    [
        ("VIRTUAL_ENV=/srv/work/.venv\n", "VIRTUAL_ENV='/srv/my work/.venv'\n"),
        ("cmake -S/srv/work -B/srv/work/build\n", 'cmake -S"/srv/my work" -B"/srv/my work/build"\n'),
        ("cd /srv/work/bin && ls\n", "cd /srv/my\\ work/bin && ls\n"),
        ("build a.o: cc /srv/work/a.c\n", "build a.o: cc /srv/my$ work/a.c\n"),
        ("home = /srv/work/.venv\n", "home = /srv/my work/.venv\n"),
        ('path "/srv/work/a"\n', 'path "/srv/my work/a"\n'),
    ],
)
def test_a_path_may_be_written_as_its_own_characters_need(recorded: str, now: str) -> None:
    assert _same(recorded, now)


@pytest.mark.parametrize(
    ("recorded", "now"),
    [
        # Another path, or another one below it.
        ("VIRTUAL_ENV=/srv/work/.venv\n", "VIRTUAL_ENV='/srv/my work/.env'\n"),
        ("VIRTUAL_ENV=/srv/work/.venv\n", "VIRTUAL_ENV='/srv/other work/.venv'\n"),
        # Quotes around anything else.
        ("say hello to /srv/work\n", "say 'hello' to '/srv/my work'\n"),
        ("echo /srv/work done\n", "echo '/srv/my work done'\n"),
        ("run /srv/work/$X\n", "run '/srv/my work/$X'\n"),
        # Half a quote.
        ("VIRTUAL_ENV=/srv/work/.venv\n", "VIRTUAL_ENV='/srv/my work/.venv\n"),
    ],
)
def test_anything_else_is_another_content(recorded: str, now: str) -> None:
    assert not _same(recorded, now)


def test_where_no_path_needs_quotes_they_are_a_difference() -> None:
    assert not _same("VIRTUAL_ENV=/srv/work/.venv\n", "VIRTUAL_ENV='/srv/work/.venv'\n", HERE)


def test_what_is_no_text_is_never_the_recorded_one() -> None:
    digest = content_digest(b"text", HERE)
    assert digest is not None
    assert not is_content(b"\xff\xfe text", digest, THERE)
