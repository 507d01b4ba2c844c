"""Programs on terminals of their own, started where this process stands and elsewhere: they are born alike."""

import os
import signal
import sys
from pathlib import Path

import pexpect
import pytest

from capture.spawning import Spawned

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is one way only")
TELL = (
    'tty >/dev/tty; stty size; echo "$A"; pwd; [ -e /proc/self/fd/$FD ] && echo born with it; kill -HUP $$; echo lives'
)


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_program_has_its_terminal_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, elsewhere: bool
) -> None:
    place = tmp_path / "there"
    place.mkdir()
    monkeypatch.chdir(tmp_path if elsewhere else place)
    ours, theirs = os.pipe()
    os.set_inheritable(theirs, True)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        environment = {"PATH": os.environ["PATH"], "A": "1 2", "FD": str(theirs)}
        program = Spawned(("sh", "-c", TELL), cwd=str(place), environment=environment, size=(93, 31))
    finally:
        signal.signal(signal.SIGHUP, before)
        os.close(theirs)
    program.expect(pexpect.EOF)
    assert program.before is not None
    terminal, *rest = program.before.decode().splitlines()
    assert terminal.startswith("/dev/")
    assert rest == ["31 93", "1 2", str(place)]
    program.close()
    assert program.signalstatus == signal.SIGHUP
    assert os.read(ours, 1) == b""
    os.close(ours)


def test_what_can_not_be_started_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    script = tmp_path / "script"
    script.write_text("#!/nonesuch\n", encoding="utf-8")
    script.chmod(0o700)
    with pytest.raises(OSError, match="No such file or directory"):
        Spawned((str(script),), cwd=str(tmp_path), environment={}, size=(80, 24))
