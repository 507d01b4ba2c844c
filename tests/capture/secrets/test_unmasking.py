"""Maskings are told while a session goes on, and can be undone until its run is closed."""

from pathlib import Path

from capture.home import Home
from capture.tape.reader import read_frames
from capture.wire import Ended, Review, SecretMasked, SessionMode, StepEnded
from tests.capture.conftest import Start
from tests.capture.driving import Driver

FIRST, SECOND = "correct-horse-77", "battery-staple-88"


def _play(driver: Driver) -> None:
    driver.run("echo before; printf 'é\\n'")
    driver.run(f"echo --password {FIRST}")
    driver.run(f"export API_TOKEN={SECOND}")
    driver.run(f"echo {SECOND} again; echo {FIRST}")
    driver.run("echo after")


def _told(driver: Driver) -> list[SecretMasked]:
    return [message for message in driver.heard if isinstance(message, SecretMasked)]


def _number(driver: Driver, rule: str) -> int:
    return next(told.secret for told in _told(driver) if told.rule == rule)


def test_every_masking_is_told_and_stands_in_its_step(handed: Driver) -> None:
    _play(handed)
    told = {(one.step_index, one.rule, one.field, one.count) for one in _told(handed)}
    assert {(2, "option", "command", 1), (2, "option", "output", 1), (3, "assignment", "command", 1)} <= told
    assert (3, "variable", "environment", 1) in told
    handed.end()
    steps = handed.trace.steps
    assert [(one.rule, one.field) for one in steps[3].maskings] == [
        ("assignment", "command"),
        ("option", "command"),
        ("assignment", "output"),
        ("option", "output"),
    ]
    assert steps[0].maskings == ()
    assert len({one.secret for step in steps for one in step.maskings}) == 2


def test_a_masking_that_is_undone_leaves_the_run_as_if_it_had_never_been(start: Start) -> None:
    driver = start(SessionMode.HANDED)
    _play(driver)
    driver.session.unmask([_number(driver, "option")])
    driver.end()
    trace = driver.trace
    assert trace.steps[1].command == f"echo --password {FIRST}"
    assert trace.steps[1].output == f"--password {FIRST}\n"
    assert trace.steps[1].maskings == ()
    assert trace.steps[3].output == f"[masked:assignment] again\n{FIRST}\n"
    assert trace.steps[2].env_effects.set == {"API_TOKEN": "[masked:variable]"}
    assert SECOND.encode() not in driver.raw
    home = Home(Path(driver.spec.home))
    for step in trace.steps:
        # Offsets were moved along, and the index agrees with the bytes.
        frames = list(read_frames(home, driver.spec.run_id, step.output_start))
        assert b"".join(frame.data for frame in frames) == driver.raw[step.output_start :]
    last = trace.steps[4]
    assert driver.raw[last.output_start : last.output_end].replace(b"\r", b"").endswith(b"after\n")
    assert not list(home.run_folder(driver.spec.run_id).glob("*.part"))


def test_a_run_that_is_reviewed_waits_until_somebody_has_decided(start: Start) -> None:
    driver = start(SessionMode.TYPED, review=True)
    driver.type_command(f"echo --password {FIRST}")
    driver.type("exit\r")
    driver.wait_for(Review)
    driver.session.unmask([_number(driver, "option")])
    driver.session.settle()
    driver.wait_for(Ended)
    assert driver.trace.steps[0].output == f"--password {FIRST}\n"
    assert FIRST.encode() in driver.raw


def test_a_run_without_maskings_is_not_held_up(start: Start) -> None:
    driver = start(SessionMode.TYPED, review=True)
    driver.type("exit\r")
    driver.wait_for(StepEnded)
    driver.wait_for(Ended)


def test_a_review_that_nobody_gives_keeps_everything_masked(start: Start) -> None:
    driver = start(SessionMode.TYPED, review=True)
    driver.type_command(f"echo --password {FIRST}")
    driver.type("exit\r")
    driver.wait_for(Review)
    driver.session.close()
    assert FIRST.encode() not in driver.raw
    assert driver.trace.run.ended_at is not None


def _key(letter: str) -> str:
    lines = "\n".join(letter * 60 + str(number) * 4 for number in range(3))
    return f"-----BEGIN OPENSSH PRIVATE KEY-----\n{lines}\nAA==\n-----END OPENSSH PRIVATE KEY-----"


def test_one_private_key_is_shown_again_and_another_is_not(start: Start) -> None:
    driver = start(SessionMode.HANDED)
    driver.run(f"cat > plain <<'E'\n{_key('a')}\nE")
    driver.run("cat plain; echo behind")
    driver.run(f"echo '{_key('b')}'")
    first, other = sorted({told.secret for told in _told(driver) if told.rule == "private-key"})
    driver.session.unmask([first])
    driver.end()
    steps = driver.trace.steps
    assert steps[0].command == f"cat > plain <<'E'\n{_key('a')}\nE"
    assert steps[1].output == f"{_key('a')}\nbehind\n"
    assert steps[2].output == "[masked:private-key]\n"
    assert _key("a").replace("\n", "\r\n").encode() in driver.raw
    assert b"bbbb" not in driver.raw
    assert {one.secret for step in steps for one in step.maskings} == {other}
