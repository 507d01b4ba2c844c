"""Pictures of a recording: which moments they show, and that nothing of the recording acts in them."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.formats import EXPORTERS, View, export
from app.formats.screens import MOST_SCREENS, Screen, Window, moments, screen_at, screens
from app.formats.svg import moving, still
from app.ghostty import Ghostty
from capture.errors import BadInputError, UnknownNameError
from capture.events import Frame
from capture.trace import Run, RunStatus, Trace
from tests.capture.samples import a_run, a_step

BEGIN = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
RUN = a_run(name="a <b> & \x1b[31m", status=RunStatus.SUCCESS, started_at=BEGIN, columns=20, rows=4)
STEP = a_step(command="echo 1", started_at=BEGIN, duration_ms=1500, output="1\n", output_start=2, output_end=5)
SVG = "{http://www.w3.org/2000/svg}"
FRAMES = (
    Frame(at_us=0, data=b"$ "),
    Frame(at_us=1_000_000, data=b"1\r\n"),
    Frame(at_us=9_000_000, data=b"$ 2"),
    Frame(at_us=9_500_000, data=b"", resize=(30, 5)),
    Frame(at_us=9_600_000, data=b"\r\nend"),
)


def played(
    frames: Iterable[Frame] = FRAMES, *, window: Window | None = None, idle_s: float = 2, run: Run = RUN
) -> list[Screen]:
    kept = tuple(frames)
    return list(screens(run, lambda: kept, Ghostty, window=window or Window(), idle_us=round(idle_s * 1_000_000)))


def text(screen: Screen) -> str:
    return "\n".join("".join(span.text for span in line).rstrip() for line in screen.lines).strip()


def parsed(picture: str) -> ET.Element:
    return ET.fromstring(picture)  # noqa: S314 - our own drawing


def drawn(data: bytes, run: Run = RUN) -> ET.Element:
    screen = screen_at(run, [Frame(at_us=0, data=data)], Ghostty)
    return parsed(still(screen, run.name))


def texts(data: bytes) -> list[tuple[str, dict[str, str]]]:
    return [("".join(one.itertext()), dict(one.attrib)) for one in drawn(data).iter(f"{SVG}text")]


def test_the_last_screen_a_moment_or_so_many_bytes() -> None:
    def at(**moment: int | None) -> str:
        return text(screen_at(RUN, FRAMES, Ghostty, **moment))

    assert at() == "$ 1\n$ 2\nend"
    assert at(at_us=1_000_000) == "$ 1"
    assert at(at_us=999_999) == "$"
    assert at(end=3) == "$ 1"
    assert at(end=0) == ""


def test_pictures_follow_each_other_with_silences_cut() -> None:
    shown = played()
    assert [(screen.at_us, text(screen)) for screen in shown] == [
        (0, "$"),
        (1_000_000, "$ 1"),
        (3_000_000, "$ 1\n$ 2"),
        (3_500_000, "$ 1\n$ 2"),
        (3_600_000, "$ 1\n$ 2\nend"),
    ]
    assert [(screen.columns, screen.rows) for screen in shown[2:4]] == [(20, 4), (30, 5)]
    assert [screen.at_us for screen in played(idle_s=20)][2] == 9_000_000


def test_one_stretch_begins_with_what_stood_there() -> None:
    shown = played(window=Window(start=2, end=7, start_us=800_000))
    assert [(screen.at_us, text(screen)) for screen in shown] == [
        (0, "$"),
        (200_000, "$ 1"),
        (2_200_000, "$ 1\n$"),
    ]
    assert [text(screen) for screen in played(window=Window(start=2, end=2))] == ["$"]
    assert [text(screen) for screen in played(window=Window(start=1, end=3))] == ["$", "$ 1"]


def test_a_moment_that_is_kept_is_shown_however_soon_another_follows() -> None:
    frames = [Frame(at_us=at * 1_000, data=f"{at} ".encode()) for at in range(30)]
    (kept,) = moments(frames, [len("0 1 2 3 ")], idle_us=2_000_000)
    assert kept == 3_000
    shown = list(screens(RUN, lambda: frames, Ghostty, window=Window(), idle_us=2_000_000, kept={kept}))
    assert "0 1 2 3" in [text(screen) for screen in shown]
    assert "0 1 2 3" not in [text(screen) for screen in played(frames)]
    assert moments(frames, [0, 10**9], idle_us=2_000_000) == [0, 29_000]


def test_nothing_recorded_is_one_empty_picture() -> None:
    assert [text(screen) for screen in played(())] == [""]
    parsed(moving(played(()), "x"))


def test_a_flood_makes_no_more_pictures_than_a_browser_plays() -> None:
    flood = [Frame(at_us=at * 10_000, data=f"{at}\r\n".encode()) for at in range(30_000)]
    shown = played(flood)
    assert MOST_SCREENS // 4 < len(shown) <= MOST_SCREENS + 1
    assert "29999" in text(shown[-1])


def test_equal_rows_are_drawn_once() -> None:
    shown = played([Frame(at_us=at * 100_000, data=f"row\r\n{at % 2}\x1b[H".encode()) for at in range(50)])
    picture = moving(shown, "x")
    assert len(shown) > 40
    assert picture.count(">row</text>") == 1
    assert len(re.findall(r"translateX\(", picture)) == len(shown) + 2


def test_the_animation_has_a_place_for_every_picture_and_stops_for_who_wants_no_motion() -> None:
    shown = played()
    picture = moving(shown, "x")
    stops = [float(found) for found in re.findall(r"([\d.e-]+)%\{", picture)]
    assert stops == sorted(stops)
    assert stops[0] == 0
    assert stops[-1] == 100
    assert "animation:t 5.600s step-end infinite" in picture
    assert "prefers-reduced-motion" in picture
    assert "<script" not in picture
    assert "url(" not in picture


def test_pens_become_attributes() -> None:
    found = texts(
        b"\x1b[38;2;1;2;3mA\x1b[0;48;5;196mB\x1b[0;7mC\x1b[0;1;3mD\x1b[0;4mE \x1b[0;9mF\x1b[0;2mG\x1b[0;31mH\x1b[0mI"
    )
    assert [shown for shown, _ in found] == [*"ABCD", "E ", *"FGHI"]
    attributes = {shown.strip(): one for shown, one in found}
    assert attributes["A"]["fill"] == "#010203"
    assert attributes["C"]["fill"] == "#121214"
    assert [attributes[one].get("class") for one in "BDEFGI"] == [None, "b i", "u", "x", "f", None]
    assert re.fullmatch("#[0-9a-f]{6}", attributes["H"]["fill"])
    boxes = [one.attrib.get("fill") for one in drawn(b"\x1b[48;5;196mB\x1b[0;7mC").iter(f"{SVG}rect")]
    assert boxes[1:3] == ["#ff0000", "#d9d9d9"]


def test_wide_and_combining_characters_stand_in_their_cells() -> None:
    found = texts("a日本e\u0301b  c<&>\"'".encode())
    assert [(shown, one["x"], one["textLength"]) for shown, one in found] == [
        ("a", "0", "8.4"),
        ("日", "8.4", "16.8"),
        ("本", "25.2", "16.8"),
        ("e\u0301b  c<&>\"'", "42", "84"),
    ]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [b"\x1b[31m", b"\x1b]0;t\x07", b"\x1b[?1049h", b"\x1b[7m", b"<&>", b"\r\n", "é日\u202e\ufffe".encode()]
        )
        | st.binary(max_size=8),
        max_size=12,
    ),
    st.text(max_size=10),
)
def test_whatever_was_printed_the_pictures_are_well_formed_and_hold_no_control(pieces: list[bytes], name: str) -> None:
    frames = [Frame(at_us=at * 50_000, data=piece) for at, piece in enumerate(pieces)]
    last = screen_at(RUN, frames, Ghostty)
    for picture in (still(last, name), moving(played(frames), name)):
        parsed(picture)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", picture)


def exported(form: str, **view: float) -> str:
    return "".join(export(Trace(run=RUN, steps=(STEP,)), lambda: FRAMES, form, msgspec.convert(view, View)))


@pytest.mark.parametrize("form", EXPORTERS)
def test_every_format_makes_text_without_an_escape(form: str) -> None:
    assert "\x1b" not in exported(form)


def test_a_step_alone() -> None:
    assert exported("text", step=1) == "$ echo 1\n1\n"
    assert ">$ 1</text>" in exported("svg", step=1)
    assert ">$ 2</text>" not in exported("svg", step=1)
    assert ">$ 2</text>" not in exported("svg-animated", step=1)
    assert "echo 1" in exported("vhs", step=1)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (lambda: exported("text", at_s=1), "--at means nothing to text"),
        (lambda: exported("asciicast-v3", step=1, idle_s=1), "--idle, --step means nothing to asciicast-v3"),
        (lambda: exported("svg", step=1, at_s=1), "--at and --step name two moments"),
        (lambda: exported("mp4"), "a run can't be exported as mp4; asciicast-v3, asciicast-v2, text, svg"),
    ],
)
def test_what_a_format_has_no_use_for_is_an_error(wrong: Callable[[], str], error: str) -> None:
    with pytest.raises(BadInputError, match=error):
        wrong()


def test_a_step_that_is_not_there() -> None:
    with pytest.raises(UnknownNameError, match="no step 2; it has steps 1 to 1"):
        exported("svg", step=2)
