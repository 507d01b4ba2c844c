"""How alike names are."""

import pytest

from replay.repairs import similar


@pytest.mark.parametrize(
    ("first", "second", "edits"), [("", "abc", 3), ("same", "same", 0), ("buidl", "build", 1), ("kitten", "sitting", 3)]
)
def test_edits_between_names(first: str, second: str, edits: int) -> None:
    assert similar.distance(first, second) == similar.distance(second, first) == edits


def test_words_are_found_in_every_style() -> None:
    assert similar.words("bundle:prodAll-v2") == {"bundle", "prod", "all", "v", "2"}
    assert similar.share_word("build-site", "site_build")
    assert not similar.share_word("to-js", "from-js")


def test_the_nearest_are_all_that_are_equally_near() -> None:
    assert similar.nearest("build", ["guild", "built", "test"]) == ["guild", "built"]
    assert similar.nearest("build", ["xyz"]) == []


@pytest.mark.parametrize(
    ("new", "old", "hazardous"),
    [
        ("distclean", "dist", True),
        ("clean-all", "clean", True),
        ("publish-docs", "docs", True),
        ("publish-docs", "publish", False),
        ("preset", "set", False),
    ],
)
def test_names_that_do_more(new: str, old: str, *, hazardous: bool) -> None:
    assert similar.is_hazardous(new, old) is hazardous
