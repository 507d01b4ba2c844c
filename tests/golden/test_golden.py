"""Hundreds of commands typed through a real terminal: every text, code, directory and output is recorded right."""

import shutil
from pathlib import Path

import pytest

from capture.errors import HostError
from capture.shells import shell_named
from capture.wire import Ready, SessionMode
from tests.capture.driving import Driver, spec_for
from tests.golden.commands import Typed, commands

WANTED = 200


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_command_is_recorded_as_it_was_typed(shell: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    side = tmp_path / "side"
    side.mkdir()
    try:
        shell_named(shell, side, typed=True).close()
    except HostError as error:
        pytest.skip(str(error))
    table = commands(shell)
    assert len(table) >= WANTED
    driver = Driver(spec_for(tmp_path, SessionMode.TYPED, shell=shell))
    try:
        driver.wait_for(Ready)
        wrong = [difference for typed in table if (difference := _difference(driver, typed))]
    finally:
        driver.session.close()
    assert not wrong, "\n".join(wrong)


def _difference(driver: Driver, typed: Typed) -> str:
    step = driver.type_command(typed.command.replace("\n", "\r"))
    workspace = Path(driver.spec.workspace)
    output = step.output if typed.output is None else typed.output
    wanted = (typed.command, typed.exit_code, str((workspace / typed.cwd).resolve()), output)
    came = (step.command, step.exit_code, step.cwd_after, step.output)
    return "" if came == wanted else f"wanted {wanted}, came {came}"
