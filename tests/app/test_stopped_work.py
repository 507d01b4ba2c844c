"""Compiling and importing can be stopped, and leave nothing behind; how playbooks fare is read from what was kept."""

import json
from pathlib import Path

import pytest

from app.core import Core
from app.errands import Errand
from app.workers.facts import RunImported
from app.workers.jobs import ErrandEnded, JobState
from capture.errors import StoppedError
from capture.home import Home
from capture.importers import TOLD_EVERY
from replay.outcome import Mode, ReplayStatus


@pytest.fixture
def core(tmp_path: Path) -> Core:
    (tmp_path / "work").mkdir()
    return Core(Home(tmp_path / "home").prepare())


def recorded(core: Core, work: Path) -> str:
    script = work.with_name("script.sh")
    script.write_text("cp ../needed copy\n")
    return core.record_script(script, cwd=str(work), name="copying").run.run_id


def test_a_stopped_compile_stores_nothing(core: Core, tmp_path: Path) -> None:
    (tmp_path / "needed").write_text("x\n")
    run, said = recorded(core, tmp_path / "work"), list[str]()

    def stop_at_the_end(words: str) -> None:
        said.append(words)
        if words == "storing the draft":
            raise StoppedError("stopped")

    with pytest.raises(StoppedError):
        core.compile([run], name="copying", progress=stop_at_the_end)
    assert said == ["reading recording 1 of 1", "compiling 1 steps", "storing the draft"]
    assert core.playbooks() == ()
    assert [entry.action for entry in core.audit()] == []


def test_a_stopped_import_keeps_nothing(core: Core, tmp_path: Path) -> None:
    cast = tmp_path / "long.cast"
    events = [[0.001 * number, "o", f"line {number}\r\n"] for number in range(3 * TOLD_EVERY)]
    head = {"version": 2, "width": 80, "height": 24}
    cast.write_text("".join(json.dumps(one) + "\n" for one in (head, *events)))
    told: list[object] = []

    def work(errand: Errand) -> RunImported:
        def progress(words: str) -> None:
            if words.startswith(str(TOLD_EVERY)):
                errand.stop()
            errand.go_on(words)

        return RunImported(core.import_run("asciicast", str(cast), progress=progress).run)

    errand = Errand("importing long.cast", work)
    errand.run(told.append)
    assert errand.state is JobState.STOPPED
    assert isinstance(told[-1], ErrandEnded)
    assert told[-1].refusal == "importing long.cast was stopped; nothing was kept"
    assert core.runs() == ()
    assert list((core.home.path / "runs").iterdir()) == []


def test_how_a_playbook_fares_is_what_its_replays_came_to(core: Core, tmp_path: Path) -> None:
    needed, work = tmp_path / "needed", tmp_path / "work"
    needed.write_text("x\n")
    core.compile([recorded(core, work)], name="copying")
    assert core.health() == {}

    def replay() -> ReplayStatus:
        (work / "copy").unlink(missing_ok=True)
        return core.replay("copying", mode=Mode.STRICT, cwd=str(work), draft=True).status

    assert replay() is ReplayStatus.SUCCESS
    needed.unlink()
    assert replay() is ReplayStatus.FAILED
    found = core.health()["copying"]
    assert [beat.status for beat in found.beats] == [ReplayStatus.SUCCESS, ReplayStatus.FAILED]
    assert found.beats[0].duration_ms
    assert found.drifted == "step 1, missing-file"
    needed.write_text("x\n")
    assert replay() is ReplayStatus.SUCCESS
    assert core.health()["copying"].drifted is None
