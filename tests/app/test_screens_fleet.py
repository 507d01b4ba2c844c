"""The screens of fleets, over fleets in memory."""

import threading

import msgspec

from app.screens.choosing import Form
from app.screens.dialogs import AskText, Confirm, YesOrNo
from app.screens.fleet import FleetScreen
from app.screens.fleets import FleetsScreen
from app.screens.hosts import fleet_facts
from app.screens.playbook import PlaybookScreen
from app.screens.trace import TraceScreen
from replay.fleet.model import FleetRequest, HostState, Plan, Question, Target
from replay.outcome import Claim, Mode, Word
from tests.app.driving import Driver, driving
from tests.app.scenes import library, replayed
from tests.app.stand_in import StandIn, recorded_trace
from tests.app.stand_in_fleets import QUESTION, ended

TWO = FleetRequest(ref="publish-notes@1", targets=(Target(name="web1"), Target(name="web2")))


async def filled(driver: Driver, **lines: str) -> None:
    """The form, with these values in it, taken."""
    await driver.press("H")
    await driver.until(lambda: isinstance(driver.app.screen, Form))
    form = driver.app.screen
    assert isinstance(form, Form)
    for one, line in zip(form._fields, form.inputs, strict=True):
        line.value = lines.get(one.name.replace(" ", "_"), "")
    await driver.press("ctrl+s")


async def begun(driver: Driver) -> FleetScreen:
    driver.app.open_fleet(TWO)
    # Over it there may be a question of a host.
    await driver.until(lambda: any(isinstance(one, FleetScreen) for one in driver.app.screen_stack))
    return next(one for one in driver.app.screen_stack if isinstance(one, FleetScreen))


async def opened(driver: Driver) -> FleetScreen:
    driver.app.open_fleet("f-1")
    await driver.until_says("db2")
    screen = driver.app.screen
    assert isinstance(screen, FleetScreen)
    return screen


async def test_a_version_is_replayed_on_the_hosts_that_a_form_names() -> None:
    core = library()
    core.fleet_refusal = "replays are frozen; thaw lets them run"
    async with driving(core) as driver:
        driver.app.open_playbook("publish-notes@1")
        await driver.until_says("./build.sh")
        await filled(driver, hosts="web1", how="fast")
        await driver.until_says("it is strict or simulate")
        assert "a draft" not in driver.text
        await driver.press("escape")
        await filled(driver, hosts="")
        await driver.until(lambda: "no host was given" in driver.notices)
        await filled(driver, hosts="lab.ini")
        await driver.until(lambda: "lab.ini is not there" in driver.notices)
        assert isinstance(driver.app.screen, PlaybookScreen)
        await filled(driver, hosts="web1")
        await driver.until(lambda: driver.notices.count("replays are frozen") == 1)
        await driver.until(lambda: isinstance(driver.app.screen, PlaybookScreen))
        core.fleet_refusal, core.fleet_calls = "", []
        more = {"canary": "1", "waves": "2 50%", "at_once": "4", "failures": "10%", "host_timeout": "90"}
        await filled(driver, hosts="web1,web2", directory="srv/notes", **more)
        await driver.until_says("✓ all 2 passed")
        ((_, request),) = core.fleet_calls
        assert isinstance(request, FleetRequest)
        assert (request.ref, request.targets, request.cwd, request.draft) == (TWO.ref, TWO.targets, "srv/notes", False)
        assert request.plan == Plan(canary=1, waves=("2", "50%"), parallel=4, max_failures="10%", host_timeout_s=90.0)


async def test_a_fleet_that_is_left_goes_on_as_a_job_and_stops_by_a_key() -> None:
    core = StandIn(holds=threading.Event())
    async with driving(core) as driver:
        screen = await begun(driver)
        await driver.until_says("▸ web1")
        assert "2/4" in driver.text
        assert screen.busy
        await driver.press("escape")
        await driver.until(lambda: driver.app.screen is not screen)
        await driver.until_says("fleet publish-notes@1")
        await driver.press("J", "enter")
        await driver.until(lambda: driver.app.screen is screen)
        await driver.press("escape")
        await driver.until(lambda: driver.app.screen is not screen)
        await driver.press("J", "x")
        await driver.until(lambda: "fleet publish-notes@1 stopped: 2 stopped" in driver.notices)
        assert ("stop", "f-2") in core.fleet_calls
        await driver.press("enter")
        await driver.until_says("2 stopped")


async def test_what_ssh_asks_is_asked_and_the_answer_is_hidden() -> None:
    core = StandIn(asks=QUESTION)
    async with driving(core) as driver:
        screen = await begun(driver)
        await driver.until(lambda: isinstance(driver.app.screen, AskText))
        await driver.until_says("ada@web2's password")
        await driver.press(*"s3cret")
        assert "s3cret" not in driver.text
        await driver.press("enter")
        await driver.until_says("all 2 passed")
        assert core.answers == ["s3cret"]
        await driver.press("escape")
        await driver.until(lambda: driver.app.screen is not screen)
        core.asks = msgspec.structs.replace(QUESTION, again=True)
        await begun(driver)
        await driver.until(lambda: isinstance(driver.app.screen, AskText))
        await driver.until_says("web2 asks again: that was not right")
        await driver.press("escape")
        await driver.until(lambda: core.answers[1:] == [None])


async def test_a_host_key_wants_a_letter_that_was_not_typed_ahead() -> None:
    asked = "The authenticity of host 'web2' can't be established.\nAre you sure you want to continue (yes/no)? "
    core = StandIn(asks=Question(host="web2", text=asked, secret=False))
    async with driving(core) as driver:
        await begun(driver)
        await driver.until(lambda: isinstance(driver.app.screen, Confirm))
        await driver.press("y")
        assert core.answers == []
        await driver.until(lambda: "web2 asks" in driver.text)
        await driver.press_later("y")
        await driver.until(lambda: core.answers == ["yes"])


async def test_a_question_waits_until_its_screen_is_shown() -> None:
    core = StandIn(asks=QUESTION)
    async with driving(core) as driver:
        driver.app.open_fleet(TWO)
        driver.app.open_settings()
        await driver.until(lambda: "web2 asks something" in driver.notices)
        assert not any(isinstance(one, AskText) for one in driver.app.screen_stack)
        await driver.press("escape")
        await driver.until(lambda: isinstance(driver.app.screen, AskText))
        await driver.press("escape")
        await driver.until(lambda: core.answers == [None])


async def test_hosts_are_told_of_and_their_runs_opened() -> None:
    core = library()
    core.replayed.append(msgspec.structs.replace(replayed(4, failed=True), replay_id="p-db1"))
    trace = recorded_trace()
    core.traces.append(msgspec.structs.replace(trace, run=msgspec.structs.replace(trace.run, run_id="run-web1")))
    async with driving(core, size=(120, 36)) as driver:
        await driver.press("H")
        await driver.until(lambda: isinstance(driver.app.screen, FleetsScreen))
        await driver.until_says("Host key verification")
        await driver.press("f5", "enter")
        await driver.until_says("1 skipped, 2 passed")
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, TraceScreen))
        await driver.press("escape", "down", "down")
        await driver.until(lambda: "notes/release.txt is not there" in driver.lines("output"))
        assert "[b]2[/b] paragraphs" in driver.lines("output")
        await driver.press("down", "down")
        await driver.until(lambda: "tries it again" in driver.lines("output"))
        await driver.press("enter")
        await driver.until(lambda: "ran no step" in driver.notices)


async def test_a_host_of_which_nobody_knows_is_settled_there_and_what_is_left_goes_on() -> None:
    claim = Claim(
        replay_id="p-db2",
        step_index=3,
        run="./test.sh",
        digest="sha256:x",
        workspace="db2:/srv",
        at="2026-03-01T09:05:00Z",
        seen="the connection was lost",
    )
    core = StandIn(replayed=[msgspec.structs.replace(replayed(5), replay_id="p-db2", unknown=claim)])
    async with driving(core) as driver:
        await opened(driver)
        assert "s settle" not in driver.text
        await driver.press("down", "down", "down")
        await driver.until_says("s settle")
        await driver.until(lambda: "? unknown  v" in driver.lines("output"))
        await driver.press("s")
        await driver.until(lambda: isinstance(driver.app.screen, YesOrNo))
        await driver.until_says("Look at db2:/srv")
        await driver.press("y")
        await driver.until(lambda: "step 3 of publish-notes@1 happened, you say" in driver.notices)
        assert core.replayed[0].unknown is not None
        assert core.replayed[0].unknown.word is Word.DONE
        await driver.press("s")
        await driver.until(lambda: "it is settled" in driver.notices)
        await driver.press("f5", "c")
        await driver.until(lambda: isinstance(driver.app.screen, Confirm))
        await driver.press("n", "c")
        await driver.until(lambda: isinstance(driver.app.screen, Confirm))
        assert core.fleet_calls == []
        await driver.press("y")
        await driver.until_says("all 6 passed")
        assert core.fleet_calls == [("resume", "f-1")]
        assert "c go on" not in driver.text


def test_a_fleet_that_is_being_stopped_says_so_first() -> None:
    said, *_ = fleet_facts(ended(), going=True, stopping=True)
    assert "stopping: steps that run are let end" in said
    assert not fleet_facts(ended(), going=True)[0]


async def test_a_fleet_of_another_process_is_stopped_from_here() -> None:
    core = StandIn(kept=[ended(going=True, duration_ms=None, mode=Mode.SIMULATE)])
    async with driving(core) as driver:
        screen = await opened(driver)
        assert "It is ready; no step ran." in driver.lines("output")
        assert not screen.busy
        await driver.press("x")
        await driver.until(lambda: core.fleet_calls == [("stop", "f-1")])
        assert "nothing more is begun there" in driver.notices
        await driver.until(lambda: not screen.going)


async def test_a_fleet_that_was_resumed_names_the_one_that_says_how_its_hosts_stand() -> None:
    passed = tuple(msgspec.structs.replace(one, state=HostState.PASSED, reason="") for one in ended().hosts)
    core = StandIn(kept=[ended("f-2", resumes="f-1", hosts=passed), ended(resumed_as="f-2")])
    async with driving(core, size=(120, 36)) as driver:
        driver.app.open_fleets()
        await driver.until_says("resumed as f-2")
        await driver.press("down")
        await driver.until_says("As they stand since, in fleet f-2")
        assert "Host key verification" not in driver.text
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, FleetScreen))
        await driver.until_says("resumed as f-2")
        assert "c go on" not in driver.text
