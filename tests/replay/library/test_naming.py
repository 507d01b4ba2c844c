import pytest

from capture.errors import BadInputError, UnknownNameError
from replay.library.naming import check_name, pick, split_ref


@pytest.mark.parametrize("name", ["a", "release-site", "9lives", "v1.2_x"])
def test_a_good_name_is_kept(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(
    ("name", "advice"),
    [("Release Site", "try release-site"), ("../up", "try up"), ("", "first"), (".x", "try x"), ("a\n", "try a")],
)
def test_a_bad_name_is_refused_with_a_better_one(name: str, advice: str) -> None:
    with pytest.raises(BadInputError, match=advice):
        check_name(name)


def test_a_name_too_long_is_refused() -> None:
    with pytest.raises(BadInputError, match="100 at most"):
        check_name("a" * 101)


def test_a_reference_is_split() -> None:
    assert split_ref("site") == ("site", None)
    assert split_ref("site@12") == ("site", 12)


@pytest.mark.parametrize("ref", ["site@", "site@0", "site@x", "site@-1", "site@²"])
def test_a_reference_without_a_number_is_refused(ref: str) -> None:
    with pytest.raises(BadInputError, match="names no version: write NAME@NUMBER, as site@1"):
        split_ref(ref)


def test_an_exact_name_wins_over_longer_ones() -> None:
    assert pick("site", ["site", "site-2"], what="playbook") == "site"


def test_an_unambiguous_prefix_is_enough() -> None:
    assert pick("rel", ["release", "build"], what="playbook") == "release"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("re", "playbook 're' is ambiguous: release, review; write more of it"),
        ("relaese", "there is no playbook 'relaese'; did you mean release?"),
        ("zzz", "there is no playbook 'zzz'; there is release, review"),
        ("", "there is no playbook ''; there is release, review"),
    ],
)
def test_an_unknown_name_lists_the_near_ones(given: str, message: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        pick(given, ["review", "release"], what="playbook")
    assert str(caught.value) == message


def test_nothing_to_pick_from_says_so() -> None:
    with pytest.raises(UnknownNameError, match="there is no run at all yet"):
        pick("x", [], what="run")
