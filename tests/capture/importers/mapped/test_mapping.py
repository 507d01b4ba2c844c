import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.errors import BadInputError
from capture.importers.mapped import read_mapping
from capture.importers.mapped.selectors import read_selector, select
from capture.importers.mapped.values import seconds, time_of, truth, whole
from tests.capture.importers.mapped.logs import CHAT, EVENTS

STEP = '[[step]]\nname = "a"\n'


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("a = ", 1, "Invalid value"),
        (f"{STEP}a = [\n", 3, "."),
        ("", 1, "no \\[\\[step]] and no \\[\\[say]]"),
        (f"agent = 1\n{STEP}", 1, "`agent` must be a text"),
        (f"{STEP}\n[[stop]]\na = 1", 4, "`stop` is not known; step, result"),
        ("step = 1", 1, "`step` must be a table"),
        (f'{STEP}[[step]]\nkind = "shell"\nname = "a"', 3, "\\[\\[step]] needs `command`"),
        (f'{STEP}\n[[step]]\nname = "a"\nnome = "b"', 6, "\\[\\[step]] has no 'nome'; it may have command"),
        (f'{STEP}kind = "boat"', 3, "'boat' is no kind; tool, shell, file are"),
        (f"{STEP}fresh = true", 3, "`fresh` is true or false, and of shells"),
        (f"{STEP}input = 1", 3, "1 is no path"),
        (f'{STEP}input = "a..b"', 3, "'a..b' is no path: '.b' can't stand there"),
        (f'{STEP}when = "a"', 3, "`when` must be a table"),
        (f"{STEP}when = {{ a = {{ b = 1 }} }}", 3, "write a.b as 'a.b'"),
        (f'{STEP}[[result]]\noutput = "a"', 3, "\\[\\[result]] needs `id`"),
        (f'{STEP}[step.when]\n"a[" = 1', 3, "can't stand there"),
    ],
)
def test_a_mistake_names_its_line(text: str, line: int, why: str) -> None:
    with pytest.raises(BadInputError, match=f"m.toml line {line}: .*{why}"):
        read_mapping(text, "m.toml")


def test_rules_know_their_lines() -> None:
    assert [(rule.sort, rule.line) for rule in read_mapping(CHAT, "m").rules] == [
        ("say", 2),
        ("say", 7),
        ("step", 12),
        ("result", 20),
    ]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a.b", 1),
        ('"x.y"', 2),
        ("l[0].n", 3),
        ("l[-1].n", 4),
        ("l[*].n", [3, 4]),
        ("l[*].m", None),
        ("l[9]", None),
        ("a.b.c", None),
        ("a[0]", None),
        ("=a.b", "a.b"),
        ("^.top", 5),
        ("two words", 6),
    ],
)
def test_paths(path: str, found: object) -> None:
    value = {"a": {"b": 1}, "x.y": 2, "l": [{"n": 3}, {"n": 4}], "two words": 6}
    assert select(read_selector(path), value, {"top": 5}) == found


def test_values() -> None:
    assert [time_of(one) for one in ("x", None, True, 1e300, "2025-13-01T00:00:00Z")] == [None] * 5
    same = {time_of(one) for one in ("2023-11-14T22:13:20Z", "2023-11-14T22:13:20", 1.7e9, 1.7e12, "1700000000")}
    assert len(same) == 1
    assert [whole(one) for one in (1, "2", 3.0, 1.5, True, "x", None, 1e300)] == [1, 2, 3, None, None, None, None, None]
    assert [seconds(one) for one in (1, "2.5", -1, True, "nan")] == [1, 2.5, None, None, None]
    assert [truth(one) for one in (True, "error", 1, "", "ok", 0, None)] == [
        True,
        True,
        True,
        False,
        False,
        False,
        None,
    ]


pieces = st.sampled_from(
    [*EVENTS.splitlines(), *CHAT.splitlines(), "[", "]]", '"', "=", "\x00", "[[step]]", "[step.a]", "when.a.b = 1"]
)


@settings(max_examples=80)
@given(st.lists(pieces, max_size=12))
def test_any_map_is_read_or_refused_with_a_line(lines: list[str]) -> None:
    try:
        read_mapping("\n".join(lines), "m")
    except BadInputError as error:
        assert str(error).startswith("m line ")  # noqa: PT017 - both ends are right


@given(st.text(st.sampled_from('ab.[]*0-"^= \\'), max_size=10))
def test_any_path_is_read_or_refused(text: str) -> None:
    try:
        selector = read_selector(text)
    except ValueError:
        return
    select(selector, {"a": [{"b": [1]}]}, None)
