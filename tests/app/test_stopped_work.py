"""Compiling and importing can be stopped, and leave nothing behind; how playbooks fare is read from what was kept."""

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from app.core import Core
from app.errands import Errand
from app.formats import EXPORTERS
from app.putting import EACH, put
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


def test_an_import_reads_nothing_back_of_what_was_printed(core: Core, tmp_path: Path) -> None:
    cast = tmp_path / "short.cast"
    cast.write_text('{"version": 2, "width": 80, "height": 24, "command": "ls"}\n[1, "o", "one\\r\\n"]\n')
    taken = core.import_run("asciicast", str(cast))
    whole = core.trace(taken.run.run_id)
    assert whole.steps[0].output == "one\n"
    assert taken.steps == (msgspec.structs.replace(whole.steps[0], output=""),)
    assert taken.run == whole.run


@pytest.mark.parametrize("form", sorted(EXPORTERS))
def test_a_stopped_export_leaves_what_was_there(core: Core, tmp_path: Path, form: str) -> None:
    (tmp_path / "needed").write_text("x\n")
    run = recorded(core, tmp_path / "work")
    out = tmp_path / "out"
    for _ in range(2):
        before = out.read_bytes() if out.exists() else None
        said = list[str]()
        stops = stopping_at(0, said)
        with pytest.raises(StoppedError):
            core.export_to(out, run, form, progress=stops)
        assert (out.read_bytes() if out.exists() else None) == before
        core.export_to(out, run, form, progress=said.append)
    assert out.read_text(encoding="utf-8") == "".join(core.export(run, form))
    assert sorted(one.name for one in tmp_path.iterdir()) == ["home", "needed", "out", "script.sh", "work"]


def test_an_export_is_stopped_between_its_pieces_and_keeps_the_mode_of_what_it_replaces(tmp_path: Path) -> None:
    out, said = tmp_path / "out", list[str]()
    out.write_text("before\n")
    out.chmod(0o640)
    with pytest.raises(StoppedError):
        put(out, map(str, range(3 * EACH)), progress=stopping_at(1, said))
    assert (out.read_text(), said) == ("before\n", ["0 pieces written", f"{EACH} pieces written"])
    link = tmp_path / "link"
    link.symlink_to(out)
    put(link, ["after\n"])
    assert (out.read_text(), out.stat().st_mode & 0o777, link.is_symlink()) == ("after\n", 0o640, True)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["link", "out"]


@pytest.mark.parametrize("folder", [False, True])
def test_a_stopped_report_leaves_what_was_there(core: Core, tmp_path: Path, *, folder: bool) -> None:
    (tmp_path / "needed").write_text("x\n")
    run = recorded(core, tmp_path / "work")
    page, told = tmp_path / "page", list[str]()
    core.incident(run, path=page, folder=folder, progress=told.append)
    before = {one: one.read_bytes() for one in [page, *page.rglob("*")] if one.is_file()}
    assert told[:2] == ["reading what is known of it", "0 pieces of output read"]
    for at in range(len(told)):
        with pytest.raises(StoppedError):
            core.incident(run, path=page, folder=folder, progress=stopping_at(at, []))
    assert {one: one.read_bytes() for one in [page, *page.rglob("*")] if one.is_file()} == before
    fresh = tmp_path / "fresh"
    with pytest.raises(StoppedError):
        core.incident(run, path=fresh, folder=folder, progress=stopping_at(len(told) - 1, []))
    assert not fresh.exists()


def stopping_at(last: int, said: list[str]) -> Callable[[str], None]:
    """A person who stops it when they are told so many times more."""
    count = iter(range(last + 1))

    def told(words: str) -> None:
        said.append(words)
        if next(count) == last:
            raise StoppedError("stopped")

    return told


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
