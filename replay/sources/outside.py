"""Asks the sources outside of this machine: each looks like one more rule, and is a stranger in all that it says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from replay.outcome import Usage, added
from replay.repairs import ranking
from replay.repairs.proposal import Candidate, Evidence, Files, Rule, Trust, Unanswered
from replay.secret_sources import from_keyring
from replay.sources import chat
from replay.sources.answers import read_answer
from replay.sources.asked import Asking, Mask, request_of
from replay.sources.consent import digest_of
from replay.sources.settings import Endpoint, ModelEndpoint, SourceName, When
from replay.sources.transport import Limits, Post, post

MILLION = 1_000_000
ENTRY = "@source/"
"""So begins what their keys are called in a keyring: no playbook can have that name."""


def nobody(asking: Asking) -> bool:
    """Says no: nobody is there."""
    del asking
    return False


@dataclass
class Outside:
    """The sources that are on, for one replay.

    Attributes:
        endpoints: In the order in which they are asked.
        mask: Masks secrets in what is sent.
        environment: Where keys are looked for.
        is_allowed: Whether a person has said yes to an endpoint.
        allow: Records that they did.
        ask: Shows a person what would be sent, and returns whether they say yes; may block.
        post: The way out.
        stopped: Whether nobody waits for answers any more.
        tell: Takes a sentence for the user.
    """

    endpoints: tuple[Endpoint, ...]
    mask: Mask
    environment: Mapping[str, str]
    is_allowed: Callable[[Endpoint], bool]
    allow: Callable[[Endpoint], None]
    ask: Callable[[Asking], bool] = nobody
    post: Post = post
    stopped: Callable[[], bool] = lambda: False
    tell: Callable[[str], None] = lambda _: None
    _notes: list[str] = field(init=False, default_factory=list)
    _usage: Usage = field(init=False, default=Usage())
    _calls: dict[SourceName, int] = field(init=False, default_factory=dict)

    def rules(self, *, again: bool = False) -> tuple[Rule, ...]:
        """Them as rules, to be asked behind all others.

        Args:
            again: Whether a person sent their proposal back, so that they are asked whatever others say.
        """
        return tuple(_Source(self, one, again=again) for one in self.endpoints)

    @property
    def usage(self) -> Usage:
        """What asking has taken so far, also where nothing came of it."""
        return self._usage

    def drained(self) -> tuple[str, ...]:
        """What is to be told, since this was called last."""
        notes, self._notes = tuple(self._notes), []
        return notes

    def answer_of(self, endpoint: Endpoint, evidence: Evidence) -> tuple[Candidate, ...]:
        """Ask one of them.

        Raises:
            Unanswered: It was not asked, or its answer can't be used.
        """
        body = body_of(endpoint, evidence, self.mask)
        self._check_calls(endpoint)
        key = key_of(endpoint, self.environment)
        self._check_allowed(endpoint, body)
        self._calls[endpoint.name] = self._calls.get(endpoint.name, 0) + 1
        self.tell(f"asking {endpoint.name} at {endpoint.post_url}")
        data = self._sent(endpoint, body, key)
        content: bytes | str = chat.said(data) if isinstance(endpoint, ModelEndpoint) else data
        trust = Trust.MODEL if isinstance(endpoint, ModelEndpoint) else Trust.HTTP
        taken = read_answer(content, evidence, source=called(endpoint), trust=trust, most=endpoint.proposals)
        self._notes += [f"{called(endpoint)}: {note}" for note in taken.notes]
        return taken.candidates

    def _sent(self, endpoint: Endpoint, body: bytes, key: str | None) -> bytes:
        """The answer; what was sent is counted, whatever comes of it."""
        limits = Limits(timeout_s=endpoint.timeout_s, max_bytes=endpoint.max_bytes, local=endpoint.local)
        headers = {} if key is None else {"authorization": f"Bearer {key}"}
        data = b""
        try:
            data = self.post(endpoint.post_url, body, headers=headers, limits=limits, stopped=self.stopped)
        finally:
            if isinstance(endpoint, ModelEndpoint):
                self._usage = added(self._usage, one_call(endpoint, *chat.tokens_of(data)))
        return data

    def _check_calls(self, endpoint: Endpoint) -> None:
        if self._calls.get(endpoint.name, 0) >= endpoint.calls:
            raise Unanswered(f"not asked, it was asked {endpoint.calls} times in this replay; calls raises that")

    def _check_allowed(self, endpoint: Endpoint, body: bytes) -> None:
        """Nothing goes to an endpoint before a person saw what goes there, and said yes."""
        if self.is_allowed(endpoint):
            return
        if not self.ask(asking_of(endpoint, body)):
            raise Unanswered(
                f"not asked, nobody has allowed what would be sent to {endpoint.post_url}: "
                f"replaybook sources show {endpoint.name}, then replaybook sources allow {endpoint.name}"
            )
        self.allow(endpoint)


@dataclass(frozen=True)
class _Source:
    """One of them, as a rule."""

    outside: Outside
    endpoint: Endpoint
    again: bool

    @property
    def name(self) -> str:
        """As proposals name their source."""
        return called(self.endpoint)

    def matches(self, evidence: Evidence) -> bool:
        """Whether it is asked about this failure."""
        if self.again or self.endpoint.when is When.ALWAYS:
            return True
        return not any(one.preselected for one in ranking.rank(evidence.candidates))

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """What it answers; the gate judges that as it judges a rule's."""
        del files
        return self.outside.answer_of(self.endpoint, evidence)


def called(endpoint: Endpoint) -> str:
    """What the proposals of an endpoint name as their source (CONTRACT section 4)."""
    return "llm" if isinstance(endpoint, ModelEndpoint) else "http"


def body_of(endpoint: Endpoint, evidence: Evidence, mask: Mask) -> bytes:
    """What is posted to an endpoint about a failed step."""
    request = request_of(evidence, mask, proposals=endpoint.proposals)
    body: dict[str, Any] = chat.chat_body(endpoint, request) if isinstance(endpoint, ModelEndpoint) else request
    return msgspec.json.encode(body)


def asking_of(endpoint: Endpoint, body: bytes) -> Asking:
    """What a person is shown of it."""
    shown = _readable(body) if isinstance(endpoint, ModelEndpoint) else _indented(body)
    return Asking(source=endpoint.name, url=endpoint.post_url, digest=digest_of(endpoint), body=shown)


def _readable(body: bytes) -> str:
    """All of a chat's body, its messages as the texts that they are."""
    chat_body = msgspec.json.decode(body)
    instructions, evidence = (message["content"] for message in chat_body.pop("messages"))
    rest = _indented(msgspec.json.encode(chat_body))
    return f"{_indented(evidence.encode())}\n\nwith these instructions:\n\n{instructions}\nand with:\n\n{rest}"


def _indented(data: bytes) -> str:
    return msgspec.json.format(data, indent=2).decode()


def key_of(endpoint: Endpoint, environment: Mapping[str, str]) -> str | None:
    """The key of an endpoint: from the environment, else from the keyring; None where none is wanted.

    Raises:
        Unanswered: The settings name a key that is nowhere, or it is none.
    """
    key = environment.get(endpoint.variable) or from_keyring(f"{ENTRY}{endpoint.name}")
    if key is None and endpoint.key is not None:
        raise Unanswered(
            f"not asked, its key is missing: set {endpoint.key}, or replaybook sources store {endpoint.name}"
        )
    if key is not None and not (key.isascii() and key.isprintable() and " " not in key):
        raise Unanswered(f"not asked, what {endpoint.variable} holds is no key: it has blanks or other signs in it")
    return key


def one_call(endpoint: ModelEndpoint, prompt: int | None, completion: int | None) -> Usage:
    """What one question to a model took."""
    prices = endpoint.prompt_price, endpoint.completion_price
    known = prompt is not None and completion is not None and None not in prices
    cost = ((prompt or 0) * (prices[0] or 0) + (completion or 0) * (prices[1] or 0)) / MILLION if known else None
    return Usage(
        llm_calls=1,
        prompt_tokens=prompt or 0,
        completion_tokens=completion or 0,
        cost=cost,
        untold=1 if prompt is None or completion is None else msgspec.UNSET,
    )
