"""Takes runs out of a store: what came stays when a fetch is cut, and nothing is a run before all of it is here."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from hashlib import file_digest, sha256
from pathlib import Path

from capture.errors import BadInputError, HostError, RefusedError, UnknownNameError
from capture.home import PRIVATE_FILE, PRIVATE_FOLDER, Home
from capture.tape import reader
from capture.tape.contents import Keeping, contents_of
from capture.trace import RunStatus
from replay.library.durable import explained, sync_folder
from replay.library.naming import pick
from replay.sharing.signing import Trust, judged
from replay.sharing.store.arriving import FOLDER, held
from replay.sharing.store.opening import Listed, Store
from replay.sharing.store.pushing import RUNS, object_key
from replay.sharing.store.values import (
    MANIFEST_LIMIT,
    SIGNATURE,
    SIGNATURE_LIMIT,
    Content,
    FetchedRun,
    Manifest,
    StoredRun,
    read_manifest,
)
from replay.sharing.values import Signature, Standing


def manifests(store: Store) -> dict[str, str]:
    """The newest manifest of each run of a store, by run id."""
    return _newest(store.listed(f"{RUNS}/"))


def _newest(listed: Iterable[Listed]) -> dict[str, str]:
    newest: dict[str, tuple[float, str]] = {}
    for one in listed:
        _, _, rest = one.key.rpartition(f"{RUNS}/")
        run_id, slash, _ = rest.partition("/")
        if slash and one.key.endswith(".json"):
            newest[run_id] = max(newest.get(run_id, (0.0, "")), (one.at, one.key))
    return {run_id: key for run_id, (_, key) in sorted(newest.items())}


def listed(home: Home, store: Store) -> Iterator[StoredRun]:
    """The runs of a store, oldest first; one whose manifest can't be read is left out."""
    found = list(store.listed(f"{RUNS}/"))
    signatures = {one.key for one in found if one.key.endswith(SIGNATURE)}
    for run_id, key in _newest(found).items():
        try:
            manifest = _manifest(store, run_id, key)
        except (BadInputError, UnknownNameError):
            continue
        yield StoredRun(
            run_id=run_id,
            name=manifest.name,
            goal=manifest.goal,
            status=manifest.status,
            started_at=manifest.started_at,
            steps=manifest.steps,
            size=manifest.size,
            signed=key + SIGNATURE in signatures,
            here=reader.is_run(home, run_id),
        )


def resolve(store: Store, given: str) -> str:
    """The run of a store that is meant by its id, its name, or an unambiguous prefix of its id.

    Raises:
        UnknownNameError: None, or more than one.
    """
    return pick(given, manifests(store), what="run in the store")


def fetch(home: Home, run_id: str, store: Store, *, trust: Trust, told: Callable[[str], None]) -> FetchedRun:
    """Take a run.

    Args:
        home: Where it goes.
        run_id: Whole.
        store: Holds it.
        trust: Whose signatures count.
        told: Hears how far it is; what it raises ends the fetch, which the next one goes on with.

    Raises:
        UnknownNameError: The store holds no such run, or not all of it.
        BadInputError: What it holds is no run.
        RefusedError: It is signed wrongly.
        HostError: It can't be reached, or the disk says no.
    """
    key = manifests(store).get(run_id)
    if key is None:
        raise UnknownNameError(f"{store.url} holds no run {run_id}; replaybook store list tells what it holds")
    data = _content(store, run_id, key)
    manifest = read_manifest(data, where=f"{store.url}/{key}")
    objects = {one.sha256: one for one in (*manifest.files.values(), *manifest.contents)}
    if reader.is_run(home, run_id):
        return FetchedRun(run_id=run_id, store=store.url, objects=len(objects), received=0, new=False)
    signature = _judged(store, data, key, trust)
    with explained(home.path / FOLDER), held(home, run_id) as place:
        received = 0
        for number, one in enumerate(objects.values(), 1):
            told(f"object {number} of {len(objects)}")
            received += _received(store, one, place)
        _settle(home, manifest, place)
    return FetchedRun(
        run_id=run_id, store=store.url, objects=len(objects), received=received, new=True, signature=signature
    )


def _manifest(store: Store, run_id: str, key: str) -> Manifest:
    return read_manifest(_content(store, run_id, key), where=f"{store.url}/{key}")


def _content(store: Store, run_id: str, key: str) -> bytes:
    """A manifest as it was signed, maybe.

    Raises:
        BadInputError: It is another one than its name says.
    """
    data = store.read(key, MANIFEST_LIMIT)
    manifest = read_manifest(data, where=f"{store.url}/{key}")
    if manifest.run_id != run_id or sha256(data).hexdigest() != key.rpartition("/")[2].removesuffix(".json"):
        raise BadInputError(f"{store.url}/{key} is not what its name says; it was changed, and is not taken")
    return data


def _judged(store: Store, manifest: bytes, key: str, trust: Trust) -> Signature:
    """What the signature beside a manifest is worth.

    Raises:
        RefusedError: It is wrong.
    """
    try:
        given: bytes | None = store.read(key + SIGNATURE, SIGNATURE_LIMIT)
    except UnknownNameError:
        given = None
    found = judged(manifest, given, trust)
    if found.standing is Standing.WRONG:
        raise RefusedError(f"{store.url}/{key} is not taken: {found.why}; have it pushed and signed again")
    return found


def _received(store: Store, wanted: Content, place: Path) -> bool:
    """Have an object in a folder, under its hash; whether it had to come.

    Raises:
        BadInputError: What came is not what its hash says.
    """
    target = place / wanted.sha256
    if target.is_file() and _digest(target) == wanted.sha256:
        return False
    partial, size = target.with_suffix(".part"), 0
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE), "wb") as file:
        for piece in store.pieces(object_key(wanted.sha256)):
            size += len(piece)
            if size > wanted.size:
                break
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    if size != wanted.size or _digest(partial) != wanted.sha256:
        partial.unlink()
        raise BadInputError(f"{store.url} holds another content than {object_key(wanted.sha256)} says; push it again")
    partial.replace(target)
    return True


def _settle(home: Home, manifest: Manifest, place: Path) -> None:
    """Make a run of what has come."""
    folder = place / "run"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=PRIVATE_FOLDER)
    for name, one in manifest.files.items():
        os.link(place / one.sha256, folder / name)
    trace = reader.read_trace(folder)
    if trace.run.run_id != manifest.run_id or trace.run.status is RunStatus.IN_PROGRESS:
        raise BadInputError(f"what came of run {manifest.run_id} is another run, or has not ended; push it again")
    wanted = contents_of(trace)
    with Keeping(home) as keeping:
        for one in manifest.contents:
            # Only what the run itself names: nothing else would ever be deleted with it.
            if f"sha256:{one.sha256}" in wanted:
                keeping.store((place / one.sha256).read_bytes())
        sync_folder(folder)
        try:
            folder.rename(home.runs / manifest.run_id)
        except FileExistsError as error:
            raise HostError(f"run {manifest.run_id} has come here meanwhile; look at it") from error
        sync_folder(home.runs)
    shutil.rmtree(place)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
