import msgspec
import pytest

from replay.outcome import Claim, Word
from tests.app.driving import driving
from tests.app.stand_in import StandIn
from tests.app.test_screens_history import replayed


def killed() -> StandIn:
    claim = Claim(
        step_index=2,
        run="./publish",
        digest="sha256:x",
        replay_id="p-1",
        workspace="/home/ada/notes",
        at="2026",
        seen="its recording shows that it began, and no end of it",
    )
    return StandIn(replayed=[msgspec.structs.replace(replayed(1), unknown=claim)])


def said(core: StandIn) -> Word | None:
    claim = core.replayed[0].unknown
    assert claim is not None
    return claim.word


@pytest.mark.parametrize(("key", "word", "then"), [("y", Word.DONE, "from step 3"), ("n", Word.AGAIN, "from step 2")])
async def test_home_tells_of_a_step_that_nobody_knows_of_and_takes_a_persons_word(
    key: str, word: Word, then: str
) -> None:
    core = killed()
    async with driving(core) as driver:
        await driver.until_says("step 2 of publish-notes may have happened or not")
        await driver.press("s")
        await driver.until_says("shows that it began, and no end of it")
        assert "./publish" in driver.text
        await driver.press("escape")
        assert said(core) is None
        await driver.press("s")
        await driver.until_says("Did step 2 happen?")
        await driver.press(key)
        await driver.until(lambda: then in driver.notices)
        assert said(core) is word
        await driver.until(lambda: "may have happened or not" not in driver.text)
