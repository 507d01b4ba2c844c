"""Maskings on the Record screen and at the end of `record`: seen, and undone by a key or an answer."""

import os
import re
import sys
from pathlib import Path

import pexpect

from capture.home import Home
from capture.tape.reader import load_trace, run_ids
from capture.wire import SecretMasked
from tests.app.driving import driving
from tests.app.stand_in import StandIn

PATIENCE_S = 60


async def test_a_masking_is_shown_while_recording_and_undone_by_a_key() -> None:
    core = StandIn()
    async with driving(core) as driver:
        driver.app.open_record()
        await driver.until_says("recording")
        masked = SecretMasked(secret=1, rule="option", field="command", step_index=2)
        core.session.tell(masked, masked)
        await driver.until(lambda: "* option  masked in command" in driver.lines("files"))
        assert driver.lines("files").count("option") == 1
        await driver.press("ctrl+right_square_bracket", "u")
        await driver.until_says("was no secret?")
        await driver.press_later("y")
        await driver.until(lambda: core.session.unmasked == [1])
        await driver.press("u")
        await driver.until(lambda: "Nothing was masked" in driver.notices)


def test_record_asks_of_each_secret_when_it_was_told_to(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    child = pexpect.spawn(
        sys.executable,
        [
            "-c",
            "from app.cli.main import main; main()",
            "--home",
            str(tmp_path / "home"),
            "record",
            "--review-masks",
            "--cwd",
            str(work),
        ],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        timeout=PATIENCE_S,
        encoding="utf-8",
    )
    try:
        child.expect("recording ")
        child.sendline("echo --password correct-horse-77; echo done-$((40 + 2))")
        child.expect("done-42")
        child.sendline("exit")
        child.expect(re.escape("a secret? [Y/n] "))
        child.sendline("n")
        while child.expect([re.escape("a secret? [Y/n] "), "recorded "]) == 0:
            child.sendline("")
        child.expect(pexpect.EOF)
    finally:
        child.close()
    home = Home(tmp_path / "home")
    (run_id,) = run_ids(home)
    assert "correct-horse-77" in load_trace(home, run_id).steps[0].output
