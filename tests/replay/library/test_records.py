from pathlib import Path

import pytest

from capture.errors import BadInputError, UnknownNameError
from capture.home import Home
from replay.library.records import Records, repair_records, replay_records
from replay.outcome import (
    Check,
    CheckState,
    Divergence,
    Failure,
    FailureClass,
    Mode,
    Replay,
    ReplayStatus,
    StepOutcome,
    StepState,
)
from tests.replay.library.samples import repair

FAILED = Replay(
    replay_id="20261122-120000000-aaaaaa",
    run_id="run-1",
    playbook="release",
    version=1,
    digest="sha256:1",
    mode=Mode.STRICT,
    status=ReplayStatus.FAILED,
    stopped_at=1,
    bindings={"project": "/w"},
    failure=Failure(
        step_index=1,
        divergence=Divergence.EXIT_CODE,
        failure_class=FailureClass.MISSING_FILE,
        message="step 1: expected exit 0, got 1",
    ),
    steps=(
        StepOutcome(
            step_index=1,
            status=StepState.FAILED,
            exit_code=1,
            checks=(Check(kind="file_exists", state=CheckState.FAIL, subject="a", message="a is gone"),),
        ),
    ),
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "replaybook").prepare()


@pytest.fixture
def replays(home: Home) -> Records[Replay]:
    return replay_records(home)


def test_a_replay_comes_back_whole(replays: Records[Replay], home: Home) -> None:
    replays.write(FAILED.replay_id, FAILED)
    assert replays.read(FAILED.replay_id) == FAILED
    assert b'"class":"missing-file"' in (home.replays / f"{FAILED.replay_id}.json").read_bytes()


def test_a_repair_comes_back_whole(home: Home) -> None:
    repairs = repair_records(home)
    assert repairs.ids() == ()
    repairs.write(repair().repair_id, repair())
    assert repairs.readable() == (repair(),)


def test_a_prefix_is_enough(replays: Records[Replay]) -> None:
    replays.write("2026-a", FAILED)
    replays.write("2026-b", FAILED)
    assert replays.resolve("2026-a") == "2026-a"
    with pytest.raises(UnknownNameError, match="ambiguous: 2026-a, 2026-b"):
        replays.resolve("2026")
    with pytest.raises(UnknownNameError, match="there is no replay 'x'"):
        replays.read("x")


def test_a_damaged_one_is_named_and_hides_no_other(replays: Records[Replay], home: Home) -> None:
    replays.write("b", FAILED)
    (home.replays / "a.json").write_text("{")
    with pytest.raises(BadInputError, match=r"a\.json is damaged"):
        replays.read("a")
    assert replays.readable() == (FAILED,)


def test_an_id_leaves_no_folder(replays: Records[Replay], home: Home) -> None:
    replays.write("../catalog", FAILED)
    assert not home.path.joinpath("catalog.json").exists()
    assert replays.ids() == ("catalog",)


def test_a_removed_one_is_gone(replays: Records[Replay]) -> None:
    replays.write("a", FAILED)
    replays.remove("a")
    replays.remove("a")
    assert replays.ids() == ()
