"""What becomes of a file that two have changed, and which paths a server may name at all."""

import pytest

from replay.team.merging import Move, beside, is_shared, move


@pytest.mark.parametrize(
    ("known", "here", "there", "wanted"),
    [
        (None, None, "a", Move.TAKE),
        (None, "a", "a", Move.NOTE),
        (None, "b", "a", Move.BOTH),
        ("a", "a", "b", Move.TAKE),
        ("a", "a", None, Move.TAKE),
        ("a", "c", "b", Move.BOTH),
        ("a", "c", None, Move.BOTH),
        ("a", None, "b", Move.TAKE),
        ("a", None, None, Move.NOTE),
    ],
)
def test_what_is_here_is_replaced_only_where_nobody_has_changed_it(
    known: str | None, here: str | None, there: str | None, wanted: Move
) -> None:
    assert move(known=known, here=here, there=there) is wanted


@pytest.mark.parametrize(
    "path",
    [
        "playbooks/site/1.yaml",
        "playbooks/site/1.yaml.sig",
        "playbooks/site/2.yaml.origin",
        "playbooks/site/12.compile.json",
        "repairs/20261122-1-a.json",
        "replays/x.json",
    ],
)
def test_shared_files_are_those_of_playbooks_repairs_and_replays(path: str) -> None:
    assert is_shared(path)


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../replays/x.json",
        "replays/../x.json",
        "replays/../../x.json",
        "replays/.x.json",
        "replays/x.json/y.json",
        "replays/x",
        "playbooks/../1.yaml",
        "playbooks/site/0.yaml",
        "playbooks/site/1.read",
        "playbooks/site/../1.yaml",
        "playbooks/Site/1.yaml",
        "policy.toml",
        "settings.toml",
        "audit.ndjson",
        "runs/r/trace.ndjson",
        "",
    ],
)
def test_no_server_has_anything_else_written(path: str) -> None:
    assert not is_shared(path)


def test_what_was_edited_here_gets_the_next_number() -> None:
    assert beside("playbooks/site/2.yaml", {1, 2, 3}) == "playbooks/site/4.yaml"
