"""The sources of repairs on the screen: how they stand, what leaves this machine, and a proposal that is sent back."""

import threading
from queue import Queue

from textual.message import Message

from app.outside import AskedAgain
from app.screens.outgoing import Outgoing
from app.screens.sources import SourcesScreen
from app.workers.replay_facts import SendWanted
from app.workers.stepping import Stepper
from replay.inbox import Decision
from replay.sources.asked import Asking
from tests.app.driving import Driver, driving
from tests.app.stand_in import StandIn, repair

HOSTILE = '{"a": "\x1b[2J[@click=app.quit]q[/]\u202e"}'
ASKING = Asking(source="model", url="https://models.example.org", digest="sha256:1", body=HOSTILE)


async def opened(driver: Driver) -> None:
    await driver.press("m")
    await driver.until_says("This machine")
    await driver.press("o")
    await driver.until(lambda: isinstance(driver.app.screen, SourcesScreen))
    await driver.until_says("? model")
    await driver.press("down")
    await driver.until_says("tiny")


async def test_a_yes_is_asked_for_under_what_is_sent_and_can_be_taken_back() -> None:
    core = StandIn()
    async with driving(core, size=(80, 24)) as driver:
        await opened(driver)
        assert "· http" in driver.text
        await driver.press("y")
        await driver.until(lambda: isinstance(driver.app.screen, Outgoing))
        await driver.until_says('"model": "[b]"')
        await driver.press("n")
        await driver.until(lambda: isinstance(driver.app.screen, SourcesScreen))
        assert core.calls == []
        await driver.press("y")
        await driver.until(lambda: isinstance(driver.app.screen, Outgoing))
        await driver.press("enter", "space", "y")
        await driver.until_says("✓ model")
        await driver.press("n")
        await driver.until_says("? model")
        assert core.calls == [("allow", "model"), ("withdraw", "model")]


async def test_a_source_is_tried_and_its_key_kept_unseen() -> None:
    core = StandIn()
    async with driving(core, size=(80, 24)) as driver:
        await opened(driver)
        await driver.press("t")
        await driver.until_says("no whole answer within 30 s")
        await driver.press("escape", "k")
        await driver.until_says("goes into the keyring alone")
        await driver.press(*"sk-1")
        assert "sk-1" not in driver.text
        await driver.press("enter")
        await driver.until(lambda: ("store", "model", "sk-1") in core.calls)
        await driver.press("K")
        await driver.until(lambda: ("forget", "model") in core.calls)
        await driver.press("e")
        await driver.until(lambda: "run replaybook sources --edit" in driver.notices)
        await driver.press("enter")
        await driver.until_says('"model": "[b]"')


async def test_what_would_be_sent_is_shown_as_it_is_and_acts_on_nothing() -> None:
    async with driving(StandIn()) as driver:
        said: list[bool | None] = []
        driver.app.push_screen(Outgoing(ASKING), said.append)
        await driver.until_says("[@click=app.quit]q[/]")
        assert "\x1b" not in driver.text
        assert "\u202e" not in driver.text
        await driver.press("escape")
        await driver.until(lambda: said == [False])


def test_a_replay_waits_for_the_answer_and_a_stopped_one_sends_nothing() -> None:
    told: Queue[Message] = Queue()
    answers: Queue[bool] = Queue()
    stepper = Stepper(told.put)
    for yes in (True, False):
        asked = threading.Thread(target=lambda: answers.put(stepper.send(ASKING)))
        asked.start()
        assert isinstance(told.get(timeout=30), SendWanted)
        stepper.say(yes=yes)
        asked.join()
        assert answers.get_nowait() is yes
    stepper.stop()
    assert stepper.ended
    assert stepper.send(ASKING) is False


async def test_another_proposal_takes_the_place_of_one_that_was_sent_back() -> None:
    core = StandIn(waiting=[repair(1)])
    another = repair(2)
    core.another = AskedAgain(repairs=(another,), notes=("1 of its 2 proposals were left out",))
    async with driving(core) as driver:
        await driver.press("i")
        await driver.until_says("approve")
        await driver.press_later("c")
        await driver.until_says("What should be different?")
        await driver.press(*"other", "enter")
        await driver.until(lambda: ("again", repair(1).repair_id) in core.calls)
        await driver.until(lambda: "were left out" in driver.notices)
    assert ("review", repair(1).repair_id, Decision.REQUEST_CHANGES, "other", None) in core.calls
