"""Recordings in an object store: pushed once they are closed, fetched when somebody wants to see them."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from app.core.looking import Looking
from app.core.sharing import Trusting
from app.putting import Told, unheard
from capture.errors import BadInputError
from capture.secrets.redaction import Redactor
from capture.secrets.rules import load_rules
from capture.tape import reader
from capture.tape.glance import Glance
from capture.trace import Trace
from replay.governance.audit import Action
from replay.library.listed import run_row
from replay.sharing.store.arriving import clean_up
from replay.sharing.values import told_of

if TYPE_CHECKING:
    from app.playback import Playback
    from replay.sharing.store.opening import Store
    from replay.sharing.store.values import FetchedRun, Pushed, StoredRun

_ID = re.compile(r"\d{8}-\d{6}\d*-\w+")
"""A run's whole id: only such a one is looked for in a store unasked, never a name that was mistyped."""


class Storing(Looking, Trusting):
    """What can be done with recordings of which a store holds more than this home."""

    def __post_init__(self) -> None:
        """Begin with nothing left of fetches that were cut long ago."""
        super().__post_init__()
        clean_up(self.home, now=self.clock().timestamp())

    def push_runs(
        self,
        runs: Sequence[str],
        *,
        store: str | None = None,
        sign: bool = False,
        key: str | None = None,
        interactive: bool = False,
        progress: Told = unheard,
    ) -> "tuple[Pushed, ...]":
        """Put closed runs into a store, masked by the rules of now.

        Args:
            runs: As for `trace`.
            store: A folder or an address; None: the setting's.
            sign: Whether they are signed.
            key: By which key; None: the settings', else the one that git signs with.
            interactive: ssh-keygen may ask for a passphrase on this terminal.
            progress: Hears how far it is.

        Raises:
            BadInputError: There is no key, or it can't sign.
            RefusedError: One is still being recorded, or holds a secret that can't be masked.
        """
        from replay.sharing.signing import Signer  # noqa: PLC0415 - as above
        from replay.sharing.store import pushing  # noqa: PLC0415 - only who has a store waits for it

        self._check_log()
        ids = [self._run_id(run) for run in runs]
        signer = Signer(key or self._signing_key(), interactive=interactive) if sign else None
        opened = self._store(store)
        done: list[Pushed] = []
        for run_id in ids:
            redactor = Redactor(load_rules(self.home))
            one = pushing.push(self.home, run_id, opened, redactor, signer=signer, told=progress)
            details = {"to": one.store, "manifest": one.manifest, "masked": str(one.masked)}
            details |= {"key": one.key} if one.key else {}
            # A process that was killed behind its last object has told nothing of it.
            if one.sent or not self._is_told(run_id, details):
                self._audit.append(actor=self.actor, action=Action.PUBLISHED, subject=run_id, details=details)
            done.append(one)
        return tuple(done)

    def _is_told(self, run_id: str, details: Mapping[str, str]) -> bool:
        """Whether the log says already that exactly that left."""
        entries = (one for one in self._audit.entries() if one.action == Action.PUBLISHED and one.subject == run_id)
        return any(one.details == details for one in entries)

    def stored_runs(self, *, store: str | None = None) -> "tuple[StoredRun, ...]":
        """The runs that a store holds, newest first."""
        from replay.sharing.store import fetching  # noqa: PLC0415 - only who has a store waits for it

        return tuple(reversed(list(fetching.listed(self.home, self._store(store)))))

    def fetch_runs(
        self, runs: Sequence[str], *, store: str | None = None, progress: Told = unheard
    ) -> "tuple[FetchedRun, ...]":
        """Take runs out of a store.

        Args:
            runs: Ids, or unambiguous prefixes of them.
            store: A folder or an address; None: the setting's.
            progress: Hears how far it is.
        """
        from replay.sharing.store import fetching  # noqa: PLC0415 - only who has a store waits for it

        opened = self._store(store)
        return tuple(self._fetched(opened, fetching.resolve(opened, run), progress) for run in runs)

    # -- what is looked at is fetched

    def trace(self, run: str) -> Trace:
        """As `Recordings.trace`; a run that only the store holds is fetched."""
        self._have(run)
        return super().trace(run)

    def glance(self, run: str) -> Glance:
        """As `Looking.glance`; a run that only the store holds is fetched."""
        self._have(run)
        return super().glance(run)

    def playback(self, run: str) -> "Playback":
        """As `Recordings.playback`; a run that only the store holds is fetched."""
        self._have(run)
        return super().playback(run)

    def _have(self, run: str) -> None:
        if not _ID.fullmatch(run) or reader.is_run(self.home, run):
            return
        url = self.settings().settings.sharing.store
        if url:
            from replay.sharing.store import fetching  # noqa: PLC0415 - only who has a store waits for it

            opened = self._store(url)
            if run in fetching.manifests(opened):
                self.tell(f"run {run} is fetched from {opened.url}")
                found = self._fetched(opened, run, unheard)
                self.tell(f"run {run}: {found.signature.words if found.signature else 'it is here already'}")

    def _fetched(self, store: "Store", run_id: str, progress: Told) -> "FetchedRun":
        from replay.sharing.store import fetching  # noqa: PLC0415 - only who has a store waits for it

        self._check_log()
        found = fetching.fetch(self.home, run_id, store, trust=self.trust(), told=progress)
        if found.signature is not None:
            details = {"from": store.url, **told_of(found.signature)}
            self._audit.append(actor=self.actor, action=Action.FETCHED, subject=run_id, details=details)
            self._catalog.put(run_row(reader.load_run(self.home, run_id)))
        return found

    def _store(self, given: str | None) -> "Store":
        from replay.sharing.store.opening import Store  # noqa: PLC0415 - only who has a store waits for it

        url = given or self.settings().settings.sharing.store
        if not url:
            raise BadInputError(
                "no store is known yet; name one with --store, or for good with replaybook settings sharing.store URL"
            )
        return Store(url)
