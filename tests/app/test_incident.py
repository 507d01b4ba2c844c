"""Reports of replays and recordings: what they tell, what they give away, and what a browser makes of them."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from textual.widgets import Input

from app.core import Core
from app.incident.hiding import Hiding, stand_ins
from app.incident.material import BOUNDED, Material
from app.incident.paper import Paper
from app.incident.steps import steps_section
from app.incident.writing import write
from capture.errors import BadInputError
from capture.events import Frame
from capture.home import Home
from capture.scripted import ScriptEntry, ScriptInput
from capture.secrets.redaction import Redactor
from capture.tape.asciicast import to_asciicast
from capture.trace import EffectOp, FileEffect, FileType, StepStatus, Trace
from replay.governance.audit import Action
from replay.history.texts import Seen, beside
from replay.inbox import Decision
from replay.outcome import Mode, ReplayStatus
from tests.app.agent_run import agent_trace
from tests.app.browser import BROWSER, opened
from tests.app.driving import driving
from tests.app.stand_in import StandIn, recorded_trace
from tests.capture.samples import a_run, a_step
from tests.hostile.escapes import FAMILIES, UNFINISHED
from tests.program import Program
from tests.seat import until

TOKEN = "ghp_" + "a1B2" * 9
TYPED, GIVEN = "tulip-orchard-9", "velvet-harbour-7"
"""Into the recording, and into its replay: at a prompt that shows nothing; the program prints it."""
PASSWORD = "correct horse</script>"
MARKUP = "</script><script>document.title='owned'</script><img src=http://127.0.0.1:9/x onerror=alert(1)>"
BUILD = """#!/bin/sh
seq 1 4000
[ "$1" = {0} ] || {{ echo "build: unrecognized option '$1'; did you mean '{1}'?" >&2; exit 2; }}
echo built > built.txt
"""
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b-\u200f]")
"""What no page may hold raw."""
VOID = frozenset({"meta", "br", "img", "input", "link"})
LOADS = frozenset({"src", "srcset", "data", "action", "background", "poster", "formaction", "ping", "manifest"})


class Parsed(HTMLParser):
    """A page as its elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.blocks: list[str] = []
        self.readable: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        within = self.open[-1] if self.open else ""
        self.texts.setdefault(within, []).append(data)
        if within == "script":
            self.blocks.append(data)
        elif within != "style":
            self.readable.append(data)

    @property
    def text(self) -> str:
        """What is to be read, in its order."""
        return "".join(self.readable)

    def classed(self, name: str) -> list[str]:
        return [tag for tag, attributes in self.elements if name in (attributes.get("class") or "").split()]


class Past(NamedTuple):
    """A home in which a replay has failed for want of a file that has another name now."""

    core: Core
    workspace: Path
    run_id: str
    replay_id: str

    @contextmanager
    def copied(self, home: Path) -> Iterator["Past"]:
        """The same over a home of its own."""
        shutil.copytree(self.core.home.path, home)
        core = Core(Home(home).prepare())
        yield self._replace(core=core)
        core.close()

    def page(self, ref: str, name: str = "page.html", **ways: Any) -> str:
        made = self.core.incident(ref, path=self.core.home.path.parent / name, **ways)
        assert made.bytes == Path(made.path).stat().st_size
        return Path(made.path).read_text(encoding="utf-8")


MADE: list[tuple[Path, Path, str, str]] = []
"""The one past of all tests of this process: it takes seconds to make, and no fixture of a module has a world apart."""


@pytest.fixture
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    if not MADE:
        MADE.append(make_past(tmp_path_factory.mktemp("past")))
    home, workspace, run_id, replay_id = MADE[0]
    core = Core(Home(home).prepare())
    yield Past(core, workspace, run_id, replay_id)
    core.close()


def make_past(root: Path) -> tuple[Path, Path, str, str]:
    workspace = root / "work"
    workspace.mkdir()
    (workspace / "build.sh").write_text(BUILD.format("--fast", "--fats"))
    (workspace / "build.sh").chmod(0o755)
    (workspace / "token.txt").write_text(f"it is {TOKEN}\n")
    (workspace / "hostile.txt").write_text(f"{MARKUP}\n\u202egnp.exe\x1b[31m&amp;\n")
    entries = [
        ScriptEntry(command="cat hostile.txt; printf '\\033[1;34m==>\\033[0m %s\\n' 'on it 日本'"),
        ScriptEntry(
            command="cat token.txt; read -rsp 'Password: ' pw; echo \"[$pw]\"",
            inputs=(ScriptInput(expect="Password: ", send=f"{TYPED}\n"),),
        ),
        ScriptEntry(command="./build.sh --fast"),
    ]
    core = Core(Home(root / "home").prepare())
    trace = core.record_entries(entries, name="release", cwd=str(workspace))
    core.compile([trace.run.run_id], name="release", keep=frozenset({1, 2, 3}))
    (workspace / "build.sh").write_text(BUILD.format("--quick", "--quick"))
    core.replay("release@1", mode=Mode.SIMULATE, cwd=str(workspace), draft=True)
    replay = core.replay("release@1", mode=Mode.GUIDED, cwd=str(workspace), draft=True, secrets={"Password: ": GIVEN})
    assert replay.status is ReplayStatus.NEEDS_REVIEW, replay
    core.close()
    return core.home.path, workspace, trace.run.run_id, replay.replay_id


def test_the_first_screen_says_what_failed_where_and_how(past: Past) -> None:
    page = past.page(past.replay_id)
    shown = Parsed(page)
    head = page[page.index("<header>") : page.index("</header>")]
    replay = next(one for one in past.core.replays() if one.replay_id == past.replay_id)
    assert replay.failure is not None
    assert replay.status is ReplayStatus.NEEDS_REVIEW
    assert Parsed(f"{head}</header>").texts["h1"] == [" Step 3 of 3 failed"]
    assert "unknown-option" in head
    assert Parsed(head + "</header>").text.count(replay.failure.actual) == 1
    assert "--quick" in shown.text
    for part in ("steps", "recordings", "repairs", "simulation", "versions", "decisions", "environment"):
        assert f'id="{part}"' in page
    assert "The log is whole" in shown.text
    assert past.replay_id in shown.text


def test_only_what_differs_is_lit(past: Past) -> None:
    page = past.page(past.replay_id)
    rows = re.findall(r'<td class="lit">(.*?)</td>', page)
    assert not any("4000" in row for row in rows)
    pairs = beside(Seen(text="one\ntook 3 ms\ntwo\nthree\n"), Seen(text="one\ntook 9 ms\nother\n"))
    assert [(pair.one, pair.two, pair.same) for pair in pairs] == [
        ("one", "one", True),
        ("took 3 ms", "took 9 ms", True),
        ("two", "other", False),
        ("three", None, False),
    ]


def test_hostile_text_is_only_text(past: Past) -> None:
    for ref in (past.replay_id, past.run_id):
        page = past.page(ref)
        shown = Parsed(page)
        assert UNSAFE.search(page) is None
        assert MARKUP in shown.text
        assert r"\u202egnp.exe" in shown.text
        tags = {tag for tag, _ in shown.elements}
        assert tags.isdisjoint({"img", "iframe", "object", "embed", "link", "form", "svg", "base"})
        for tag, attributes in shown.elements:
            assert LOADS.isdisjoint(attributes), (tag, attributes)
            assert not any(name.startswith("on") or name == "style" for name in attributes)
            assert (attributes.get("href") or "#").startswith("#")
        policies = [attributes["content"] or "" for _, attributes in shown.elements if "http-equiv" in attributes]
        assert len(policies) == 1
        assert policies[0].startswith("default-src 'none'; style-src 'sha256-")
        assert "unsafe" not in policies[0]
        assert "url(" not in "".join(shown.texts["style"])
        assert "@import" not in "".join(shown.texts["style"])


def test_it_says_all_without_a_script(past: Past) -> None:
    shown = Parsed(past.page(past.run_id))
    rows = shown.classed("row")
    assert len(rows) == 24
    assert "4000" in "".join(shown.texts["span"])
    assert "日" in shown.text
    assert "==>" in shown.text


def test_what_plays_is_every_row_once(past: Past) -> None:
    blocks = [json.loads(block) for block in Parsed(past.page(past.replay_id)).blocks[:-1]]
    assert len(blocks) == 2
    for film in blocks:
        assert len({json.dumps(row) for row in film["drawn"]}) == len(film["drawn"])
        times = [at for at, _, _ in film["pictures"]]
        assert times == sorted(times)
        assert [step for _, step, _ in film["chapters"]] == [1, 2, 3]
        rows = [0] * film["rows"]
        for _, _, changes in film["pictures"]:
            for at, row in changes:
                rows[at] = row
        text = "\n".join("".join(cell[0] for cell in film["drawn"][row]) for row in rows)
        assert "4000" in text


def test_no_secret_is_in_it_and_masks_are_counted(past: Past) -> None:
    made = past.core.incident(past.replay_id, path=past.workspace.parent / "masked.html")
    page = Path(made.path).read_text(encoding="utf-8")
    assert TOKEN not in page
    assert TOKEN[4:30] not in page
    assert TYPED not in page
    assert GIVEN not in page
    assert "(secret)" in page
    assert "[masked:" in page
    assert made.redactions >= page.count("[masked:") - 1 > 0
    assert "it is [masked:" in page


def test_what_a_rule_of_now_calls_secret_is_masked_everywhere(past: Past) -> None:
    rules = past.core.home.path / "secrets.toml"
    rules.write_text('[[rules]]\nid = "inner"\nregex = "on it"\n')
    try:
        made = past.core.incident(past.replay_id, path=past.workspace.parent / "ruled.html")
    finally:
        rules.unlink()
    page = Path(made.path).read_text(encoding="utf-8")
    assert "on it" not in page.replace("written on it", "")
    assert made.found > 0
    assert "[masked:inner]" in page


def test_a_secret_that_was_asked_for_is_in_no_form_in_it() -> None:
    hiding = Hiding(Redactor(), {})
    hiding.give(PASSWORD)
    frames = [Frame(at_us=at, data=PASSWORD[at : at + 1].encode()) for at in range(len(PASSWORD))]
    tape = hiding.tape(frames, [a_step(command="x", output_start=3, output_end=len(PASSWORD))])
    assert b"".join(frame.data for frame in tape.frames) == b"[masked:given]"
    assert tape.steps[0].output_end == len("[masked:given]")
    assert PASSWORD not in hiding.text(f"a {PASSWORD} b")
    hiding.give("main")
    assert hiding.sealed_page("<main>main</main>") == "<main>[masked:given]</main>"
    sealed = hiding.sealed("correct horse&lt;/script&gt; and correct horse</script>")
    assert "horse" not in sealed
    assert hiding.masked > 0


def test_names_get_stand_ins_also_where_colours_touch_them() -> None:
    run = a_run(user="ada", host="box.lan", user_home="/home/ada")
    other = a_run(user="bob", host="box.lan", user_home="/home/bob")
    names = stand_ins([run, other], ["ada", "eve"])
    hiding = Hiding(Redactor(), names)
    told = "ada@box:~ /home/ada/x adapt /home/bob box.lan eve"
    assert hiding.text(told) == "user@host:~ /home/user/x adapt /home/user2 host user3"
    frames = [Frame(at_us=1, data=b"\x1b]0;ada@box\x07\x1b[32mada\x1b[0m@b"), Frame(at_us=2, data=b"ox adapt")]
    tape = hiding.tape(frames, [])
    assert b"".join(frame.data for frame in tape.frames) == b"\x1b]0;user@host\x07\x1b[32muser\x1b[0m@host adapt"
    assert hiding.replaced == 10
    assert "ada@" not in "".join(to_asciicast(hiding.of(run), tape.frames, (), 3))
    assert stand_ins([a_run(user="root", user_home="/root")], []).keys() >= {"/root"}
    assert "root" not in stand_ins([a_run(user="root", user_home="/root")], [])


def test_the_same_run_makes_the_same_bytes(past: Past) -> None:
    assert past.page(past.replay_id, "one.html") == past.page(past.replay_id, "two.html")


def test_long_texts_are_cut_with_a_word_and_whole_on_demand(past: Past) -> None:
    made = past.core.incident(past.run_id, path=past.workspace.parent / "cut.html")
    cut = Path(made.path).read_text(encoding="utf-8")
    assert "characters left out; --full shows them" in cut
    assert made.cut == 1
    assert "\n2700\n" not in cut
    assert "\n3999\n" in cut
    whole = past.core.incident(past.run_id, path=past.workspace.parent / "whole.html", full=True)
    assert whole.cut == 0
    assert whole.bytes > made.bytes
    assert "\n2700\n" in Path(whole.path).read_text(encoding="utf-8")


def test_a_folder_holds_the_parts_and_is_written_again_but_no_other_is(past: Past) -> None:
    folder = past.workspace.parent / "report"
    for _ in range(2):
        made = past.core.incident(past.replay_id, path=folder, folder=True, anonymize=True)
    names = {path.name for path in folder.iterdir()}
    assert {"index.html", "incident.json", "replay.cast", "recording.cast", "release@1.yaml", "audit.ndjson"} <= names
    assert any(name.startswith("repair-") for name in names)
    assert made.bytes == sum(path.stat().st_size for path in folder.iterdir())
    assert TOKEN not in "".join(path.read_text(encoding="utf-8") for path in folder.iterdir())
    assert json.loads((folder / "incident.json").read_text())["replay"]["status"] == "needs_review"
    with pytest.raises(BadInputError, match="no report"):
        past.core.incident(past.replay_id, path=past.workspace, folder=True)
    with pytest.raises(BadInputError, match="is a folder"):
        past.core.incident(past.replay_id, path=past.workspace)


def test_an_approved_repair_is_told_with_its_version_and_the_decision(past: Past, tmp_path: Path) -> None:
    with past.copied(tmp_path / "home") as copy:
        (repair,) = copy.core.repairs()
        approved = copy.core.review(repair.repair_id, Decision.APPROVE, note="looks right & <fine>")
        page = copy.page(past.replay_id)
    shown = Parsed(page)
    assert f"release@{approved.created_version}" in shown.text
    assert "looks right & <fine>" in shown.text
    assert "1 approved" in shown.text
    assert {Action.APPROVED, Action.APPLIED} <= set(shown.texts["td"])
    assert page.count('class="diff"') >= 2


def test_a_replay_whose_recordings_are_gone_is_still_told(past: Past, tmp_path: Path) -> None:
    with past.copied(tmp_path / "home") as copy:
        copy.core.remove(past.run_id)
        assert "Step 3 of 3 failed" in Parsed(copy.page(past.replay_id)).text
        replay = next(one for one in copy.core.replays() if one.replay_id == past.replay_id)
        copy.core.remove(replay.run_id or "")
        shown = Parsed(copy.page(past.replay_id))
    assert "Step 3 of 3 failed" in shown.text
    assert "figure" not in {tag for tag, _ in shown.elements}


def test_the_command_says_where_it_is(past: Past, tmp_path: Path) -> None:
    program = Program(home=past.core.home.path, cwd=tmp_path)
    told = program.json("incident", past.run_id)
    assert told["path"] == f"incident-release-{past.run_id}.html"
    assert (told["steps"], told["recordings"], told["replay_id"]) == (3, 1, None)
    assert (tmp_path / told["path"]).stat().st_size == told["bytes"]
    assert program("incident", "nobody").code == 7


@pytest.mark.skipif(BROWSER is None, reason="no browser here")
def test_it_plays_in_a_real_browser_and_asks_the_network_for_nothing(past: Past, tmp_path: Path) -> None:
    made = past.core.incident(past.replay_id, path=tmp_path / "page.html")
    with opened(Path(made.path), profile=tmp_path / "profile") as page:
        film = "document.querySelector('figure.film')"
        assert page.run("document.title") == "Incident: release@1"
        assert page.run("document.documentElement.className") == "plays"
        assert "$" not in page.run(f"{film}.querySelector('.screen').textContent.slice(0, 1)")
        press = f"[...{film}.querySelectorAll('button')].find(one => one.textContent === '%s').click()"
        slide = f"{{const s = {film}.querySelector('input'); s.value = 0; s.dispatchEvent(new Event('input'))}}"
        page.run(slide)
        first = page.run(f"{film}.querySelector('.screen').textContent")
        assert "4000" not in first
        seen = []
        for _ in range(3):
            page.run(press % "Next command")
            seen.append(page.run(f"{film}.querySelector('.now').textContent"))
        assert [one[0] for one in seen] == ["1", "2", "3"]
        page.run(press % "Play")
        ended = f"new Promise(done => {{const look = () => {film}.querySelector('button').textContent === 'Play'"
        page.run(f"{ended} ? done() : requestAnimationFrame(look); look()}})")
        assert "4000" in page.run(f"{film}.querySelector('.screen').textContent")
        # At once: what is left to play may be over by the next word with the browser.
        jump = "document.querySelector('a.jump').click()"
        assert page.run(f"{jump}, {film}.querySelector('button').textContent") == "Pause"
        assert page.complaints == []
        page.run("fetch('http://127.0.0.1:9/').catch(() => 0)")

        def complained() -> bool:
            page.wait(0.1)
            return page.complaints != []

        until(complained)
        assert page.requests == [Path(made.path).as_uri()]
        stopped = [one["entry"]["text"] for one in page.complaints]
        assert all("Content Security Policy" in text for text in stopped)


async def test_the_screens_write_it_where_one_says(tmp_path: Path) -> None:
    core = StandIn(traces=[recorded_trace()])
    async with driving(core) as driver:
        driver.app.open_trace(core.traces[0].run.run_id)
        await driver.until_says("git log")
        await driver.press("W")
        await driver.until_says("stand-ins")
        await driver.press("down", "enter")
        await driver.until_says("To which file?")
        target = tmp_path / "there.html"
        driver.app.screen.query_one(Input).value = str(target)
        await driver.press("enter")
        await driver.until(lambda: "wrote" in driver.notices)
    assert ("incident", core.traces[0].run.run_id, False, True, False) in core.calls
    assert target.is_file()


def one_frame(printed: bytes, run_id: str) -> tuple[Frame, ...]:
    del run_id
    return (Frame(at_us=0, data=printed),)


def test_nothing_that_a_program_prints_acts_in_the_page(tmp_path: Path) -> None:
    """Whatever is printed, and wherever it turns up: in the command, the output, a name or a path."""
    for number, printed in enumerate((b"\r\n".join(FAMILIES.values()), *UNFINISHED)):
        text = MARKUP + printed.decode("utf-8", "surrogateescape")
        effect = FileEffect(path=text, op=EffectOp.CREATED, type=FileType.FILE, size=1)
        step = a_step(
            command=text, output=text, output_end=len(printed), status=StepStatus.FAILED, file_effects=(effect,)
        )
        run = a_run(name=text, workspace=text, goal=text, host=text)
        trace = Trace(run=run, steps=(step,), environment={"LANG": text})
        write(
            Material(program="0", trace=trace),
            Hiding(Redactor(), {}),
            frames=partial(one_frame, printed),
            path=tmp_path / "page.html",
            folder=False,
            limits=BOUNDED,
        )
        page = (tmp_path / "page.html").read_text(encoding="utf-8")
        assert UNSAFE.search(page) is None, number
        tags = {tag for tag, _ in Parsed(page).elements}
        assert tags.isdisjoint({"img", "iframe", "object", "embed", "link", "form", "svg", "base"}), number
        assert len(Parsed(page).blocks) == 2, number


def test_a_report_of_an_agents_run_tells_its_words_around_what_failed() -> None:
    trace = agent_trace()
    shown = Parsed(steps_section(Material(program="1", trace=trace), frozenset(), Paper(2_000)))
    assert "Said behind itassistant That issue isn't there; I take the one that the search found." in shown.text
    assert "Release the notes" not in shown.text
    assert "tracker/get id=70" in shown.text
    many = tuple(msgspec.structs.replace(trace.notes[2], text=f"<b>{number}</b> {'w' * 1_300}") for number in range(9))
    found = Material(program="1", trace=msgspec.structs.replace(trace, notes=many))
    markup = steps_section(found, frozenset(), Paper(2_000))
    assert "⋯ 5 more later" in markup
    assert "&lt;b&gt;0&lt;/b&gt;" in markup
    assert "characters left out" in markup
