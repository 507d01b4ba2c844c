"""Puts closed runs into a store: each object by its hash, the manifest last: a cut push is simply done again."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import file_digest, sha256
from pathlib import Path

import msgspec

from capture.errors import RefusedError
from capture.home import Home
from capture.secrets.redaction import Redactor
from capture.tape import reader
from capture.tape.contents import contents_of
from capture.tape.editing import Recording
from capture.tape.editions import read_run, write_files
from capture.tape.masking_again import masked_again
from capture.trace import RunStatus
from replay.library.ids import stamp
from replay.sharing.signing import Signer, key_of
from replay.sharing.store.opening import Store
from replay.sharing.store.values import FILES, SIGNATURE, Content, Manifest, Pushed

OBJECTS, RUNS = "objects", "runs"
"""The two folders of a store."""


def object_key(digest: str) -> str:
    """Where a content lies in a store."""
    return f"{OBJECTS}/{digest[:2]}/{digest}"


def push(
    home: Home,
    run_id: str,
    store: Store,
    redactor: Redactor,
    *,
    signer: Signer | None = None,
    told: Callable[[str], None],
) -> Pushed:
    """Put a run into a store, masked by the rules of now.

    Args:
        home: Where it is.
        run_id: Whole.
        store: Takes it.
        redactor: Knows the rules.
        signer: Signs its manifest, and by that all that it holds; None: nobody does.
        told: Hears how far it is; what it raises ends the push, which the next one goes on with.

    Raises:
        UnknownNameError: No such run.
        BadInputError: The key can't sign.
        RefusedError: It is still being recorded, or holds a secret that can't be masked.
        HostError: The store can't be reached.
    """
    folder = reader.run_path(home, run_id)
    recording = read_run(folder)
    if recording.trace.run.status is RunStatus.IN_PROGRESS:
        raise RefusedError(f"run {run_id} is still being recorded; end it first: replaybook end {run_id}")
    told("looking for secrets")
    masked, secrets = masked_again(recording, redactor)
    with _files(folder, masked, as_they_are=not secrets) as files:
        kept = {digest: content for digest, content in _contents(home, masked) if content is not None}
        kept = {digest: content for digest, content in kept.items() if not redactor.holds_secret(content)}
        named = len(contents_of(masked.trace))
        described = {name: _described(path) for name, path in files.items()}
        manifest = _manifest(masked, described, kept, left_out=named - len(kept), masked=secrets)
        objects: dict[str, Path | bytes] = {described[name].sha256: path for name, path in files.items()}
        objects |= kept
        sent = list(_sent(store, objects, {one.sha256: one.size for one in _all(manifest)}, told))
        digest, key = _signed(store, run_id, msgspec.json.encode(manifest, order="sorted"), signer)
    return Pushed(
        run_id=run_id,
        store=store.url,
        manifest=digest,
        objects=len(objects),
        sent=len(sent),
        sent_bytes=sum(sent),
        masked=secrets,
        left_out=manifest.left_out,
        key=key,
    )


def _signed(store: Store, run_id: str, manifest: bytes, signer: Signer | None) -> tuple[str, str | None]:
    """Put a manifest behind all that it names; its SHA-256, and the key that has signed it, if one has."""
    digest = sha256(manifest).hexdigest()
    name = f"{RUNS}/{run_id}/{digest}.json"
    signature = None if signer is None else signer.sign(manifest)
    if signature is not None:
        # Before what it signs: who sees the one finds the other.
        store.put(name + SIGNATURE, signature)
    store.put(name, manifest)
    return digest, None if signature is None else key_of(signature, manifest)


def _sent(
    store: Store, objects: dict[str, Path | bytes], sizes: dict[str, int], told: Callable[[str], None]
) -> Iterator[int]:
    """Send what is not there; the sizes of what was sent."""
    for number, (digest, content) in enumerate(objects.items(), 1):
        told(f"object {number} of {len(objects)}")
        key = object_key(digest)
        if store.size(key) != sizes[digest]:
            store.put(key, content)
            yield sizes[digest]


@contextmanager
def _files(folder: Path, recording: Recording, *, as_they_are: bool) -> Iterator[dict[str, Path]]:
    """The files of a run as they leave, by name; those that were masked are gone afterwards."""
    if as_they_are:
        yield {name: folder / name for name in FILES if (folder / name).is_file()}
        return
    with tempfile.TemporaryDirectory(prefix="replaybook-") as place:
        made = Path(place) / "run"
        write_files(made, recording)
        yield {name: made / name for name in FILES if (made / name).is_file()}


def _contents(home: Home, recording: Recording) -> Iterator[tuple[str, bytes | None]]:
    """What the run's steps found and left, by hash; None where it was not kept."""
    for digest in sorted(contents_of(recording.trace)):
        content = home.blob(digest)
        sound = content is not None and sha256(content).hexdigest() == digest.removeprefix("sha256:")
        yield digest.removeprefix("sha256:"), content if sound else None


def _described(path: Path) -> Content:
    with path.open("rb") as file:
        return Content(sha256=file_digest(file, "sha256").hexdigest(), size=path.stat().st_size)


def _manifest(
    recording: Recording, files: dict[str, Content], kept: dict[str, bytes], *, left_out: int, masked: int
) -> Manifest:
    run = recording.trace.run
    return Manifest(
        run_id=run.run_id,
        name=run.name,
        goal=run.goal,
        status=str(run.status),
        started_at=stamp(run.started_at),
        steps=len(recording.trace.steps),
        files=files,
        contents=tuple(Content(sha256=digest, size=len(content)) for digest, content in kept.items()),
        left_out=left_out,
        masked=masked,
    )


def _all(manifest: Manifest) -> tuple[Content, ...]:
    return (*manifest.files.values(), *manifest.contents)
