"""Steps that call tools, and patches, wherever a playbook's steps are shown."""

import msgspec

from app.book import Plan
from app.calls import call_lines, call_words, laid_out
from app.cli.plain.playbooks import version_lines
from app.core.versions import StoredVersion
from app.screens.comparing import asked_rows, told_to
from app.screens.judged import judged_pairs
from app.widgets.prose import Row, Tone
from capture.calls import Call, result_text
from capture.trace import StepKind
from replay.outcome import Mode
from replay.playbook import Expectation, VersionStatus
from tests.app.driving import driving
from tests.app.stand_in import step
from tests.app.tool_steps import CALL, CAME, answered_otherwise, calling


def text(row: Row) -> str:
    return "".join(part for part, _ in row)


def test_placeholders_of_a_call_are_shown_where_they_stand() -> None:
    lines = call_lines(CALL)
    assert lines is not None
    assert '  "v": "{{version}}",' in lines
    assert lines[-2] == '  "n": {{number}}'
    words = call_words(CALL)
    assert words == "forge/pull_request v={{version}} n={{number}}"


def test_only_what_differs_in_an_answer_is_lit() -> None:
    call = calling().steps[1]
    failure = answered_otherwise().failure
    done = step(2, Call("forge/pull_request", {"v": "1.5", "n": 7}).text, kind=StepKind.TOOL, output=CAME)
    pairs = judged_pairs(call, done, failure, {"version": "1.5", "number": "7"})
    assert [(text(one.recorded), text(one.actual)) for one in pairs if one.differs] == [
        ('  "state": "open"', '  "state": "draft"')
    ]
    lit = [part for one in pairs for part, tone in one.actual if tone is Tone.LIT]
    assert lit == ["draft"]
    assert text(asked_rows(call, done.command)[0]) == "→ forge/pull_request"
    assert ("{{version}}", Tone.MASK) in [tuple(part) for row in told_to(call) for part in row]


def test_an_answer_on_one_line_is_laid_out_to_show_what_differs() -> None:
    call = calling().steps[1]
    expected = '{"id":{{number}},"state":"open","at":"{{timestamp}}"}\n'
    call = msgspec.structs.replace(call, expect=Expectation(output=expected))
    done = step(2, CALL, kind=StepKind.TOOL, output='{"id":7,"state":"closed","at":"2026-03-01T09:30:00Z"}\n')
    pairs = judged_pairs(call, done, answered_otherwise().failure, {"number": "7"})
    different = [
        (text(one.recorded), text(one.actual)) for one in pairs if one.differs and text(one.actual) != "exit 0"
    ]
    assert different == [('  "state": "open",', '  "state": "closed",')]
    spaced = step(2, CALL, kind=StepKind.TOOL, output='{"id": 7,"state":"open","at":"2026-03-01T09:30:00Z"}\n')
    pairs = judged_pairs(call, spaced, answered_otherwise().failure, {"number": "7"})
    assert [text(one.actual) for one in pairs if one.differs] == [spaced.output.strip()]
    other = step(2, CALL, kind=StepKind.TOOL, output='{"state":"shut","result":{"at":1}}\n', exit_code=1)
    call = msgspec.structs.replace(call, expect=Expectation(output=result_text({"result": {"at": 1}, "state": "open"})))
    pairs = judged_pairs(call, other, answered_otherwise().failure, {})
    assert [text(one.actual) for one in pairs if one.differs] == ['  "state": "shut"', "exit 1"]
    assert laid_out("[1,") == "[1,"
    assert laid_out('{"a":{{n}},"b":"{{x}}"}') == '{\n  "a": {{n}},\n  "b": "{{x}}"\n}\n'


def test_a_plain_screen_tells_the_call() -> None:
    stored = StoredVersion(playbook=calling(), status=VersionStatus.ACTIVE, digest="sha256:x", text="")
    said = list(version_lines(stored))
    assert "Step 2: call of the tool forge/pull_request" in said
    assert '    "n": {{number}}' in said


async def test_tool_steps_and_patches_are_read_on_playbook_and_replay() -> None:
    core = answered_otherwise()
    async with driving(core, size=(120, 36)) as driver:
        driver.app.open_playbook("publish-notes")
        await driver.until_says("2 forge/pull_request")
        await driver.until_says("3 edit notes/release.txt")
        await driver.press("down")
        await driver.until_says('"n": {{number}}')
        await driver.press("escape")
        driver.app.open_replay(Plan(ref="publish-notes", cwd="/home/ada/notes", mode=Mode.STRICT))
        await driver.until_says("Stands before step 1")
        await driver.press("c")
        await driver.until_says('≠  "state": "draft"')
        assert '≠  "state": "open"' in driver.text
