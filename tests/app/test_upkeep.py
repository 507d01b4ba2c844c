"""Running a library, through the installed command and the screen: health, figures, purge, backup, log."""

import json
import os
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import msgspec
import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from textual.widgets import Input

from app.cli.main import run
from app.core import Core
from app.doctor import State
from app.serving.monitor import monitor
from capture.errors import AwayError, BadInputError
from capture.home import Home
from replay.library.rows import ReplayRow
from replay.operations.telemetry import send
from replay.outcome import Mode, ReplayStatus
from replay.playbook import Playbook, PlaybookStep, VersionStatus
from tests.app.driving import Driver, driving
from tests.app.stand_in import StandIn
from tests.program import Program
from tests.seat import PATIENCE_S


@pytest.fixture
def program(tmp_path: Path) -> Program:
    work = tmp_path / "work"
    work.mkdir()
    return Program(tmp_path / "home", work)


def test_a_library_is_watched_purged_copied_and_restored(program: Program, tmp_path: Path) -> None:
    log = tmp_path / "log.ndjson"
    base, loose = program.record("echo base > a.txt", "cat a.txt"), program.record("echo loose > b.txt", name="loose")
    program.json("compile", base, "--name", "site")
    told = {"REPLAYBOOK_LOG": str(log)}
    assert (
        program("replay", "site", "--mode", "strict", "--draft", "--cwd", str(program.cwd), environment=told).code == 0
    )
    assert program("replay", "nothing", "--mode", "strict", environment=told).code == 7
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(one["event"], one.get("code"), one.get("status")) for one in lines] == [
        ("replay", None, "success"),
        ("command", 0, None),
        ("command", 7, None),
    ]
    assert lines[-1]["error"] == "UnknownNameError"

    figures = program.json("metrics")
    assert (figures["success_ratio"], figures["replays"]) == (1.0, {"strict": {"success": 1}})
    assert 'replaybook_replays_total{mode="strict",status="success"} 1.0' in program("metrics", "--prometheus").out
    assert all(one["state"] == "ok" for one in program.rows_of("health"))

    # A library that was told how old recordings may get asks for a purge, and does none; the newest may stay.
    late = Core(Home(program.home), clock=lambda: datetime.now(UTC) + timedelta(hours=2))
    assert late.overdue(late.runs()) is None
    with pytest.raises(BadInputError, match="how old is old"):
        late.retention()
    late.change_setting("retention.older_than", "3h")
    assert [one.state for one in late.vitals() if one.name == "retention"] == [State.OK]
    late.change_setting("retention.older_than", "1h")
    overdue = [one.detail for one in late.vitals() if one.name == "retention"]
    assert overdue == ["2 recordings are older than your retention of 1h"]
    late.change_setting("retention.keep", "100")
    assert late.retention().goes == ()
    late.change_setting("retention.keep", None)
    late.close()

    # Whoever isn't asked says yes beforehand.
    assert program("purge", "--older-than", "0d").code == 2
    shown = program.json("purge", "--older-than", "0d", "--dry-run")
    assert loose in shown["goes"]
    assert base not in shown["goes"]
    gone = program.json("purge", "--older-than", "0d", "--yes")
    assert gone["goes"] == shown["goes"]
    assert gone["freed"] > 0
    assert [one["run_id"] for one in program.rows_of("runs")] == [base]
    removed = [one["subject"] for one in program.rows_of("audit") if one["action"] == "removed"]
    assert removed == shown["goes"]
    assert not [path for path in (program.home / "blobs").iterdir() if path.read_bytes() == b"loose\n"]

    copy = tmp_path / "copy.tar.gz"
    made = program.json("backup", str(copy))
    assert program.json("backup", "--verify", str(copy)) == made
    there = Program(tmp_path / "there", program.cwd)
    assert there.json("restore", str(copy))["files"] == made["files"]
    for command in ("runs", "playbooks", "replays", "audit"):
        assert there.rows_of(command) == program.rows_of(command)
    assert there("restore", str(copy)).code == 2


def test_what_is_wrong_is_told_by_the_exit_code(program: Program) -> None:
    program.json("freeze", "--reason", "on hold")
    found = program("health", "--json")
    assert found.code == 3
    assert [one["name"] for one in found.rows if one["state"] != "ok"] == ["replays"]
    log = program.home / "audit.ndjson"
    log.write_bytes(log.read_bytes().replace(b"on hold", b"no hold"))
    found = program("health", "--json")
    assert [one["name"] for one in found.rows if one["state"] != "ok"] == ["audit", "replays"]


def test_of_a_team_whose_server_is_away_health_tells_what_is_known_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REPLAYBOOK_CATALOG", "postgresql://u:sesame@127.0.0.1:1/team")
    assert run(["--home", str(tmp_path / "home"), "health", "--json"]) == 3
    out, err = capsys.readouterr()
    assert [one["name"] for one in json.loads(out) if one["state"] != "ok"] == ["audit", "team"]
    assert "sesame" not in out + err


def test_of_a_home_that_lost_files_health_says_so(tmp_path: Path) -> None:
    """A replay's document, and the log together with its head: an empty log is whole by itself."""
    core = Core(Home(tmp_path / "home").prepare(), actor="ada")
    _, row = core._register.add(Playbook(name="site", steps=(PlaybookStep(run="true"),)))
    core._catalog.put(msgspec.structs.replace(row, status=VersionStatus.ACTIVE))
    failed = ReplayRow(
        id="r", playbook="site", version=1, mode=Mode.STRICT, status=ReplayStatus.FAILED, started_at="2026-03-01"
    )
    core._catalog.put(failed)
    wrong = {one.name: one.detail for one in core.vitals() if one.state is not State.OK}
    assert wrong == {
        "audit": "the log of decisions is gone, and yet versions were decided on (1)",
        "records": "1 of those that stopped can't be read, so nobody knows at what",
    }
    core.close()


def test_a_log_that_nobody_reads_holds_nothing_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe = tmp_path / "log"
    os.mkfifo(pipe)
    monkeypatch.setenv("REPLAYBOOK_LOG", str(pipe))
    assert run(["--home", str(tmp_path / "home"), "health"]) == 3
    out, err = capsys.readouterr()
    assert f"{pipe} is a pipe that nobody reads, so nothing is logged" in out
    assert (
        err == f"replaybook: nothing is logged: {pipe} is a pipe that nobody reads; give REPLAYBOOK_LOG another file\n"
    )
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    assert run(["--home", str(tmp_path / "home"), "runs"]) == 0
    assert json.loads(os.read(reader, 4096))["command"] == "runs"
    os.close(reader)


def test_a_monitor_is_answered_over_http(tmp_path: Path) -> None:
    core = Core(Home(tmp_path / "home").prepare())
    with monitor(core, "127.0.0.1:0") as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        try:
            at = f"http://127.0.0.1:{server.server_port}"
            answer = httpx.get(f"{at}/metrics", timeout=PATIENCE_S)
            assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
            assert "replaybook_inbox_waiting 0.0" in answer.text
            assert {one["state"] for one in httpx.get(f"{at}/health", timeout=PATIENCE_S).json()} == {"ok"}
            core.freeze("on hold")
            assert httpx.get(f"{at}/health", timeout=PATIENCE_S).status_code == 503
            assert httpx.get(f"{at}/other", timeout=PATIENCE_S).status_code == 404
        finally:
            server.shutdown()
    core.close()


def test_a_collector_is_told_by_otlp(tmp_path: Path) -> None:
    heard: list[ExportMetricsServiceRequest] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path != "/v1/metrics":
                self.send_error(404)
                return
            heard.append(ExportMetricsServiceRequest.FromString(content))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    core = Core(Home(tmp_path / "home").prepare())
    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        try:
            send(core.figures(), f"http://127.0.0.1:{server.server_port}", version="1")
            with pytest.raises(AwayError, match=r"^http://127\S+/elsewhere\?… did not take the metrics: .*404"):
                send(core.figures(), f"http://u:p@127.0.0.1:{server.server_port}/elsewhere?token=t", version="1")
            for wrong in ("localhost:4318", "http://[::1", "ftp://u:p@h"):
                with pytest.raises(BadInputError, match="is no collector") as refused:
                    send(core.figures(), wrong, version="1")
                assert "u:p" not in str(refused.value)
        finally:
            server.shutdown()
    core.close()
    metrics = heard[0].resource_metrics[0].scope_metrics[0].metrics
    told = {one.name: one.gauge.data_points[0].as_int for one in metrics if one.name == "replaybook.inbox.waiting"}
    assert told == {"replaybook.inbox.waiting": 0}


async def test_the_screen_does_all_of_it(tmp_path: Path) -> None:
    core = StandIn(home=Home(tmp_path))
    async with driving(core) as driver:
        await driver.until_says("publish-notes")
        await driver.press("m")
        await driver.until_says("install bubblewrap")
        await driver.press("h")
        await driver.until_says("replaybook repairs lists them")
        await driver.press("escape", "m")
        await driver.until_says("decisions: 7")
        await driver.press("escape", "x")
        await driver.until_says("Recordings older than")
        await driver.press("enter")
        await driver.until_says("stays  base: needed")
        assert ("purge", "old-one") not in core.calls
        await driver.press("y")
        await driver.until_says("deleted  old-one")
        await driver.press("escape", "b")
        await driver.until_says("copy the whole home")
        await driver.press("enter")
        await driver.until_says("as of 2026-03-01")
        assert ("purge", "old-one") in core.calls
        assert core.calls[-1][0] == "back_up"
        await driver.press("escape", "v")
        await driver.until_says("Nothing is written")
        await driver.press("enter")
        await driver.until_says("the team's database db/ops is not in it")
        await driver.press("escape", "c")
        await driver.until_says("From where")
        await driver.press("enter")
        await driver.until_says("To where")
        await driver.press(*"postgresql://db/team", "enter")
        await driver.until_says("9 of them were new there")
        assert core.calls[-1] == ("copy_catalog", str(core.home.path), "postgresql://db/team")


async def fill(driver: Driver, path: Path) -> None:
    driver.app.screen.query_one(Input).value = str(path)
    await driver.press("enter")


async def test_a_home_is_made_of_a_backup_in_an_empty_folder_after_a_yes(tmp_path: Path) -> None:
    core = StandIn(home=Home(tmp_path / "home").prepare())
    copy = tmp_path / "copy.tar.gz"
    copy.touch()
    async with driving(core) as driver:
        await driver.until_says("publish-notes")
        await driver.press("m")
        await driver.until_says("install bubblewrap")
        await driver.press("B")
        await driver.until_says("The backup to make a home of")
        await fill(driver, tmp_path)
        await driver.until_says("another")
        await fill(driver, copy)
        await driver.until_says("To which folder?")
        await fill(driver, core.home.path)
        await driver.until_says("empty;")
        await fill(driver, tmp_path / "there")
        await driver.until_says("so nothing is replaced")
        assert not core.calls
        await driver.press("y")
        await driver.until_says("opens it")
        assert core.calls == [("restore", copy, tmp_path / "there")]


async def test_home_asks_for_a_purge_only_where_somebody_wants_that() -> None:
    core = StandIn()
    async with driving(core) as driver:
        await driver.until_says("publish-notes")
        assert "retention" not in driver.text
        core.toml = '[retention]\nolder_than = "90d"\n'
        await driver.press("f5")
        await driver.until_says("1 recording is older than your retention of 90d  press m x")
        await driver.press("m")
        await driver.until_says("install bubblewrap")
        await driver.press("x")
        await driver.until_says("Recordings older than")
        assert not core.calls
