"""Sources of repairs outside of this machine: what is switched on, what they are sent, and who said yes to that."""

import os
from collections.abc import Callable
from pathlib import Path

from app.core.parts import Parts
from app.outside import SourceStanding, Tried
from capture.errors import RefusedError, UnknownNameError
from capture.secrets.redaction import Redactor
from capture.secrets.rules import load_rules
from replay import secret_sources
from replay.governance.audit import Action
from replay.governance.freezing import frozen
from replay.protocols import Director, Headless
from replay.repairs.proposal import Unanswered
from replay.sources import trying
from replay.sources.asked import Asking, Mask
from replay.sources.consent import SUBJECT, digest_of, is_allowed
from replay.sources.outside import ENTRY, Outside, asking_of, body_of, key_of
from replay.sources.settings import Endpoint, ModelEndpoint, SourceName, load_settings, own_file


class Sources(Parts):
    """What can be done with them."""

    def sources(self) -> tuple[SourceStanding, ...]:
        """Both, on or off."""
        settings = load_settings(self.home)
        found: dict[SourceName, Endpoint] = {one.name: one for one in settings.on}
        return tuple(
            self._standing(found[name]) if name in found else SourceStanding(source=name, state="off")
            for name in SourceName
        )

    def sources_file(self) -> Path:
        """The user's settings; where there are none yet, a file that says how to write them."""
        return own_file(self.home)

    def source_request(self, name: str) -> Asking:
        """What would be sent to a source, of a made-up failure.

        Raises:
            RefusedError: It is off.
            UnknownNameError: There is no such source.
        """
        endpoint = self._endpoint(name)
        return asking_of(endpoint, body_of(endpoint, trying.example(), self._mask()))

    def allow_source(self, name: str) -> SourceStanding:
        """Say yes to what is sent to a source as it is set now."""
        endpoint = self._endpoint(name)
        self._allow(endpoint)
        return self._standing(endpoint)

    def withdraw_source(self, name: str) -> SourceStanding:
        """Let nothing more be sent to a source."""
        source = _name(name)
        self._audit.append(actor=self.actor, action=Action.SOURCE_WITHDRAWN, subject=f"{SUBJECT}{source}")
        return next(one for one in self.sources() if one.source is source)

    def try_source(self, name: str, *, director: Director | None = None) -> Tried:
        """Ask a source about a made-up failure; what it answers goes nowhere.

        Raises:
            RefusedError: It is off.
        """
        endpoint = self._endpoint(name)
        outside = self._outside((endpoint,), director or Headless())
        try:
            candidates = outside.answer_of(endpoint, trying.example())
        except Unanswered as error:
            notes = (*outside.drained(), str(error))
            return Tried(source=endpoint.name, answered=False, notes=notes, usage=outside.usage)
        return Tried(
            source=endpoint.name, answered=True, candidates=candidates, notes=outside.drained(), usage=outside.usage
        )

    def store_source_key(self, name: str, value: Callable[[], str]) -> None:
        """Put the key of a source into the keyring.

        Args:
            name: Which source.
            value: Asked for once it is clear that there is such a source.
        """
        source = _name(name)
        secret_sources.store(f"{ENTRY}{source}", value())

    def forget_source_key(self, name: str) -> bool:
        """Take the key of a source out of the keyring; returns whether it was there."""
        return secret_sources.forget(f"{ENTRY}{_name(name)}")

    def _sources_for(self, director: Director) -> Outside | None:
        """The sources of one replay; None where all are off."""
        endpoints = load_settings(self.home).on
        return self._outside(endpoints, director) if endpoints else None

    def _outside(self, endpoints: tuple[Endpoint, ...], director: Director) -> Outside:
        return Outside(
            endpoints=endpoints,
            mask=self._mask(),
            environment=os.environ,
            is_allowed=lambda endpoint: is_allowed(self._audit.entries(), endpoint),
            allow=self._allow,
            ask=director.send,
            stopped=lambda: director.ended or frozen(self.home) is not None,
            tell=self.tell,
        )

    def _mask(self) -> Mask:
        redactor = Redactor(load_rules(self.home))
        return lambda text: redactor.command(text)[0]

    def _allow(self, endpoint: Endpoint) -> None:
        model = {"model": endpoint.model} if isinstance(endpoint, ModelEndpoint) else {}
        details = {"url": endpoint.post_url, "digest": digest_of(endpoint), **model}
        self._audit.append(
            actor=self.actor, action=Action.SOURCE_ALLOWED, subject=f"{SUBJECT}{endpoint.name}", details=details
        )

    def _endpoint(self, name: str) -> Endpoint:
        source = _name(name)
        for endpoint in load_settings(self.home).on:
            if endpoint.name is source:
                return endpoint
        raise RefusedError(
            f"source {source} is off; write a section [{source}] with its url, replaybook sources --edit opens the file"
        )

    def _standing(self, endpoint: Endpoint) -> SourceStanding:
        problem = None
        try:
            key = key_of(endpoint, os.environ)
        except Unanswered as error:
            key, problem = None, str(error)
        held = f"the environment ({endpoint.variable})" if endpoint.variable in os.environ else "the keyring"
        return SourceStanding(
            source=endpoint.name,
            state="allowed" if is_allowed(self._audit.entries(), endpoint) else "not allowed",
            url=endpoint.post_url,
            model=endpoint.model if isinstance(endpoint, ModelEndpoint) else None,
            key=held if key is not None else None,
            problem=problem,
            digest=digest_of(endpoint),
        )


def _name(given: str) -> SourceName:
    try:
        return SourceName(given)
    except ValueError:
        raise UnknownNameError(f"there is no source {given!r}; there are {', '.join(SourceName)}") from None
