"""Recordings through a store, a folder or a small S3 server: masked, resumed, refused where they lie."""

import json
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from app.cli.main import run
from app.core import Core
from capture.errors import BadInputError, HostError, RefusedError, UnknownNameError
from capture.home import Home
from capture.printable import plain_text
from capture.secrets.redaction import Redactor
from capture.secrets.rules import load_rules
from capture.tape import reader
from capture.tape.editing import Recording
from capture.tape.editions import write_run
from capture.trace import EffectOp, FileEffect, FileType, RunStatus
from replay.sharing.store import pushing
from replay.sharing.store.arriving import held
from replay.sharing.store.opening import Store
from tests.capture.tape.test_editing import recording
from tests.s3 import S3, s3_server
from tests.sharing import signed

RUN = "20260301-093000-ab12"
BADGE = """[[rules]]
id = "badge"
regex = '''(BADGE-[0-9]{6})'''
keywords = ["badge-"]
"""


def keep(home: Home, run_id: str, *outputs: bytes, contents: tuple[bytes, ...] = ()) -> None:
    """A closed run whose first step wrote some contents."""
    made = recording(*outputs)
    effects = tuple(
        FileEffect(path=f"f{number}", op=EffectOp.CREATED, type=FileType.FILE, before=None, after=home.keep_blob(one))
        for number, one in enumerate(contents)
    )
    first, *others = (msgspec.structs.replace(one, output=plain_text(one.output.encode())) for one in made.trace.steps)
    steps = (msgspec.structs.replace(first, file_effects=effects), *others)
    head = msgspec.structs.replace(made.trace.run, run_id=run_id)
    write_run(home, Recording(msgspec.structs.replace(made.trace, run=head, steps=steps), made.frames))


def files(core: Core) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in core.home.run_folder(RUN).iterdir()}


@pytest.fixture
def ann(tmp_path: Path) -> Iterator[Core]:
    core = Core(Home(tmp_path / "ann").prepare(), actor="ann")
    keep(core.home, RUN, b"one\r\n", b"two\r\n", contents=(b"written", b"x" * 5000))
    yield core
    core.close()


@pytest.fixture
def bob(tmp_path: Path) -> Iterator[Core]:
    core = Core(Home(tmp_path / "bob").prepare(), actor="bob")
    yield core
    core.close()


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3]:
    with s3_server() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server


def test_a_run_goes_through_a_folder_byte_for_byte(ann: Core, bob: Core, tmp_path: Path) -> None:
    store = str(tmp_path / "store")
    assert [(one.objects, one.sent, one.masked) for one in ann.push_runs([RUN], store=store)] == [(5, 5, 0)]
    assert [one.sent for one in ann.push_runs([RUN], store=store)] == [0]
    assert [(one.run_id, one.steps, one.here) for one in bob.stored_runs(store=store)] == [(RUN, 2, False)]
    (fetched,) = bob.fetch_runs(["20260301"], store=store)
    assert (fetched.received, fetched.new) == (5, True)
    assert fetched.signature is not None
    assert fetched.signature.words == "it is not signed"
    assert files(bob) == files(ann)
    assert {path.name for path in bob.home.blobs.iterdir()} == {path.name for path in ann.home.blobs.iterdir()}
    assert [one.new for one in bob.fetch_runs([RUN], store=store)] == [False]
    assert [one.run_id for one in bob.runs()] == [RUN]
    assert [one.action for one in (*ann._audit.entries(), *bob._audit.entries())] == ["published", "fetched"]
    assert not list((bob.home.path / "arriving").iterdir())


def test_what_the_rules_of_now_call_secret_does_not_leave(ann: Core, bob: Core, tmp_path: Path) -> None:
    keep(
        ann.home,
        "20260302-000000-cd34",
        b"\x1b[31mBADGE-47\x1b[0m1100\r\n",
        b"again BADGE-471100 and BADGE-471101\r\n",
        contents=(b"harmless", b"BADGE-471100"),
    )
    ann.home.secrets.write_text(BADGE)
    (pushed,) = ann.push_runs(["20260302-000000-cd34"], store=str(tmp_path / "store"))
    assert (pushed.masked, pushed.left_out) == (2, 1)
    everything = b"".join(path.read_bytes() for path in (tmp_path / "store").rglob("*") if path.is_file())
    assert b"47\x1b[0m1100" not in everything
    assert b"471100" not in everything
    assert b"471101" not in everything
    bob.fetch_runs(["20260302"], store=str(tmp_path / "store"))
    assert bob.trace("20260302-000000-cd34").steps[1].output == "again [masked:edit] and [masked:edit]\n"
    assert b"BADGE-471100" in (ann.home.run_folder("20260302-000000-cd34") / "terminal.raw").read_bytes()


def test_who_signed_a_run_is_told_and_one_that_is_signed_wrongly_is_refused(
    ann: Core, bob: Core, tmp_path: Path
) -> None:
    key, store = tmp_path / "key", str(tmp_path / "store")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    public = key.with_suffix(".pub").read_text()
    (bob.home.path / "allowed_signers").write_text(f'ann@example.org namespaces="replaybook" {public}')
    with pytest.raises(BadInputError, match="no key signs what leaves"):
        ann.push_runs([RUN], store=store, sign=True)
    (pushed,) = ann.push_runs([RUN], store=store, sign=True, key=str(key))
    assert pushed.key is not None
    assert ann._audit.entries()[-1].details["key"] == pushed.key
    assert [one.signed for one in bob.stored_runs(store=store)] == [True]
    (signature,) = (tmp_path / "store" / "runs" / RUN).glob("*.sig")
    sound = signature.read_bytes()
    signature.write_bytes(signed(b"another manifest", key))
    with pytest.raises(RefusedError, match=r"is not taken: its signature is not of this document; have it pushed"):
        bob.fetch_runs([RUN], store=store)
    assert bob.runs() == ()
    assert not (bob.home.path / "arriving").exists()
    signature.write_bytes(sound)
    (fetched,) = bob.fetch_runs([RUN], store=store)
    assert fetched.signature is not None
    assert fetched.signature.words == "signed by ann@example.org"
    assert bob._audit.entries()[-1].details["signer"] == "ann@example.org"


def test_what_cut_fetches_left_goes_unless_somebody_holds_it(ann: Core, tmp_path: Path) -> None:
    places = {name: ann.home.path / "arriving" / name for name in ("old", "held", "young", RUN)}
    for place in places.values():
        place.mkdir(parents=True)
        (place / "object").write_bytes(b"x")
    ann.push_runs([RUN], store=str(tmp_path / "store"))
    with held(ann.home, "held"):
        for name in ("old", "held"):
            os.utime(places[name], (0, 0))
        Core(ann.home, actor="ann").close()
        assert {name for name, place in places.items() if place.exists()} == {"held", "young"}
        bob = Core(Home(tmp_path / "cid").prepare(), actor="cid")
        with held(bob.home, RUN), pytest.raises(HostError, match="is being fetched by another process"):
            bob.fetch_runs([RUN], store=str(tmp_path / "store"))
        bob.close()


def test_a_secret_that_can_not_be_masked_keeps_its_run_here(ann: Core, tmp_path: Path) -> None:
    ann.home.secrets.write_text("[[rules]]\nid = \"pin\"\nregex = '''(?:one)'''\nkeywords = [\"one\"]\n")
    with pytest.raises(RefusedError, match="holds a secret that can't be masked by itself"):
        ann.push_runs([RUN], store=str(tmp_path / "store"))
    assert not (tmp_path / "store" / "runs").exists()


def test_a_cut_push_and_a_cut_fetch_go_on_where_they_were(ann: Core, bob: Core, s3: S3) -> None:
    s3.refused_after = 2
    with pytest.raises(HostError, match=r"s3://runs/team can't be used: .*credentials"):
        ann.push_runs([RUN], store="s3://runs/team")
    assert bob.stored_runs(store="s3://runs/team") == ()
    s3.refused_after = None
    assert [(one.objects, one.sent) for one in ann.push_runs([RUN], store="s3://runs/team")] == [(5, 3)]
    assert len(s3.puts) == len(set(s3.puts)) == 6
    (last,) = [key for key in s3.objects if key.endswith(sha256(b"written").hexdigest())]
    gone = s3.objects.pop(last)
    with pytest.raises(UnknownNameError, match="push the run again"):
        bob.fetch_runs([RUN], store="s3://runs/team")
    assert bob.runs() == ()
    s3.objects[last] = gone
    (fetched,) = bob.fetch_runs([RUN], store="s3://runs/team")
    assert 0 < fetched.received < fetched.objects
    assert files(bob) == files(ann)


def test_a_push_that_was_killed_before_the_log_heard_of_it_is_told_by_the_next(ann: Core, tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store"))
    pushing.push(ann.home, RUN, store, Redactor(load_rules(ann.home)), told=lambda _: None)
    for _ in range(2):
        assert [one.sent for one in ann.push_runs([RUN], store=store.url)] == [0]
    assert [(one.action, one.subject) for one in ann._audit.entries()] == [("published", RUN)]


def test_of_recordings_that_went_before_one_that_can_not_the_log_tells(
    ann: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(ann.home, "20260302-000000-cd34", b"two\r\n")
    chosen = ann.retention(datetime(2030, 1, 1, tzinfo=UTC))
    first, second = chosen.goes
    delete = reader.delete_run

    def failing(home: Home, run_id: str) -> None:
        if run_id == second:
            raise PermissionError(13, "Permission denied", run_id)
        delete(home, run_id)

    monkeypatch.setattr(reader, "delete_run", failing)
    with pytest.raises(HostError, match="can't be deleted: Permission denied"):
        ann.purge(chosen)
    assert [(one.action, one.subject) for one in ann._audit.entries()] == [("removed", first)]
    assert [one.run_id for one in ann.runs()] == [second]


def test_what_is_looked_at_is_fetched(ann: Core, bob: Core, s3: S3) -> None:
    ann.push_runs([RUN], store="s3://runs")
    with pytest.raises(UnknownNameError):
        bob.trace(RUN)
    bob.change_setting("sharing.store", "s3://runs")
    with pytest.raises(UnknownNameError):
        bob.trace("20260301-093000-zz99")
    assert [step.output for step in bob.trace(RUN).steps] == ["one\n", "two\n"]
    s3.objects.clear()
    assert len(bob.glance(RUN).trace.steps) == 2


@pytest.mark.parametrize("lie", ["content", "name", "path", "format", "id"])
def test_a_store_that_lies_gives_no_run(ann: Core, bob: Core, tmp_path: Path, lie: str) -> None:
    store = tmp_path / "store"
    ann.push_runs([RUN], store=str(store))
    (manifest,) = (store / "runs" / RUN).iterdir()
    said = json.loads(manifest.read_bytes())
    if lie == "content":
        target = store / "objects" / sha256(b"written").hexdigest()[:2] / sha256(b"written").hexdigest()
        target.write_bytes(b"WRITTEN")
    elif lie == "name":
        manifest.write_bytes(manifest.read_bytes().replace(b'"masked":0', b'"masked":1'))
    else:
        said |= {
            "path": {"files": {**said["files"], "../../policy.toml": said["files"]["trace.ndjson"]}},
            "format": {"format": 2},
            "id": {"run_id": "../../x"},
        }[lie]
        data = json.dumps(said).encode()
        manifest.unlink()
        manifest.with_name(f"{sha256(data).hexdigest()}.json").write_bytes(data)
    before = {path for path in bob.home.path.rglob("*") if path.is_file()}
    with pytest.raises(BadInputError):
        bob.fetch_runs([RUN], store=str(store))
    assert bob.runs() == ()
    assert not (bob.home.path.parent / "policy.toml").exists()
    after = {path for path in bob.home.path.rglob("*") if path.is_file() and "arriving" not in path.parts}
    assert after - before <= {bob.home.catalog, *bob.home.path.glob("*.lock")}


def test_a_run_that_goes_on_stays_here(ann: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("capture.tape.reader.is_held", lambda _: True)
    made = recording(b"x\r\n")
    head = msgspec.structs.replace(made.trace.run, run_id="20260303-1-x", status=RunStatus.IN_PROGRESS, ended_at=None)
    write_run(ann.home, Recording(msgspec.structs.replace(made.trace, run=head), made.frames))
    with pytest.raises(RefusedError, match="is still being recorded"):
        ann.push_runs(["20260303-1-x"], store=str(tmp_path / "store"))


@pytest.mark.parametrize(
    ("url", "why"),
    [("ftp://x", "ftp:// is no store"), ("s3://", "can't be opened|can't be used"), (None, "no store is known yet")],
)
def test_an_address_that_is_no_store_is_refused(bob: Core, url: str | None, why: str) -> None:
    with pytest.raises((BadInputError, HostError), match=why):
        bob.stored_runs(store=url)


def test_the_command_line_pushes_lists_and_fetches(
    ann: Core, bob: Core, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = ["--store", str(tmp_path / "store")]
    mine, yours = (["--home", str(core.home.path), "store"] for core in (ann, bob))
    assert run([*mine, "push", RUN, *store]) == 0
    assert f"{RUN} is in {tmp_path / 'store'}: 5 of 5 objects sent" in capsys.readouterr().out
    assert run([*yours, "list", *store, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["here"] is False
    assert run([*yours, "fetch", RUN, *store]) == 0
    assert "5 objects, 5 of them new here" in capsys.readouterr().out
    assert run([*yours, "list", *store]) == 0
    assert "1 recording" in capsys.readouterr().out
    assert run([*yours, "push", *store]) == 2
    assert run([*yours, "fetch", "20990101", *store]) == 7
