import asyncio
from collections.abc import Callable

from textual.message import Message

from app.workers.live import LiveReader
from app.workers.session_facts import SessionPrinted, SessionTold
from capture.trace import RunStatus
from capture.wire import Ended, HostFailed, Output
from tests.app.stand_in import StandInSession, told_steps
from tests.seat import PATIENCE_S


def kinds(told: list[Message]) -> list[str]:
    return [
        message.data.decode() if isinstance(message, SessionPrinted) else type(message.told).__name__
        for message in told
        if isinstance(message, SessionPrinted | SessionTold)
    ]


async def read(session: StandInSession) -> list[Message]:
    """Everything, up to the message that ends a session."""
    told: list[Message] = []
    over = asyncio.Event()

    def tell(message: Message) -> None:
        told.append(message)
        if isinstance(message, SessionTold) and isinstance(message.told, Ended | HostFailed):
            over.set()
        if isinstance(message, SessionPrinted) and message.more:
            loop.call_soon(reader.go_on)

    loop = asyncio.get_running_loop()
    reader = LiveReader(session, tell)
    reader.attach(loop)
    await asyncio.wait_for(over.wait(), PATIENCE_S)
    session.close()
    return told


async def test_output_of_a_frame_comes_at_once_and_before_what_followed_it() -> None:
    session = StandInSession()
    session.open()
    session.tell(
        *(Output(data=b"a"),) * 3, *told_steps(), Output(data=b"b"), Ended(status=RunStatus.SUCCESS, run_id="r")
    )
    told = await read(session)
    assert kinds(told) == ["aaa", "StepBegan", "\x1b[34msrc\x1b[0m\r\n", "StepEnded", "b", "Ended"]


async def test_a_burst_is_not_lost_and_does_not_hold_up_the_loop() -> None:
    session = StandInSession()
    session.open()
    session.tell(*(Output(data=b"x" * 100) for _ in range(5_000)), HostFailed(message="gone"))
    told = await read(session)
    printed = b"".join(message.data for message in told if isinstance(message, SessionPrinted))
    assert len(printed) == 500_000


def flooding() -> StandInSession:
    """A session that has printed more than is drawn at once."""
    session = StandInSession()
    session.open()
    session.tell(*(Output(data=b"x" * 1000) for _ in range(1_000)), HostFailed(message="gone"))
    return session


def listener() -> tuple[list[Message], asyncio.Event, Callable[[Message], None]]:
    """What was told, whether anything came since that was asked last, and who takes it."""
    told: list[Message] = []
    came = asyncio.Event()

    def tell(message: Message) -> None:
        told.append(message)
        came.set()

    return told, came, tell


async def stands_still(told: list[Message], came: asyncio.Event) -> int:
    """Wait until a flood waits to be taken, and tell how many messages came; a slow machine draws some before that."""
    while not (told and getattr(told[-1], "more", False)):
        came.clear()
        await asyncio.wait_for(came.wait(), PATIENCE_S)
    count = len(told)
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(told) == count
    return count


async def test_a_flood_waits_until_what_came_is_taken() -> None:
    session, loop = flooding(), asyncio.get_running_loop()
    told, came, tell = listener()
    reader = LiveReader(session, tell)
    reader.attach(loop)
    for _ in range(3):
        count = await stands_still(told, came)
        reader.go_on()
        while len(told) == count:
            came.clear()
            await asyncio.wait_for(came.wait(), PATIENCE_S)
    reader.detach()
    session.close()


async def test_a_flood_stands_still_behind_a_key_and_goes_on_when_it_had_its_turns() -> None:
    session, loop = flooding(), asyncio.get_running_loop()
    told, came, tell = listener()
    pressed = loop.time() + 1_000
    reader = LiveReader(session, tell, pressed=lambda: pressed)
    reader.attach(loop)
    await stands_still(told, came)
    reader.go_on()
    await stands_still(told, came)
    came.clear()
    pressed = loop.time()
    reader.go_on()
    await asyncio.wait_for(came.wait(), PATIENCE_S)
    reader.detach()
    session.close()
