"""What a source outside is asked: the evidence of a failed step with secrets masked, and nothing else (pure)."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from replay import binding
from replay.repairs.proposal import Candidate, Declined, Evidence, PatchEntry

HEAD, TAIL = 2_000, 6_000
"""How much of an output is sent, in characters: its beginning and its end."""
LONGEST = 4_000
"""Of any other text."""
AROUND = 3
"""How many steps before and behind the failed one are shown."""
OFFERED = 10
"""How many candidates are shown."""

Mask = Callable[[str], str]
"""A text with its secrets masked."""


class Base(msgspec.Struct, frozen=True, kw_only=True):
    """The version that a repair is for."""

    playbook: str
    version: int
    digest: str
    """To be given back by an HTTP service as `base_digest`."""


class AskedFailure(msgspec.Struct, frozen=True, kw_only=True):
    """How the step failed."""

    step_index: int
    failure_class: str = msgspec.field(name="class")
    divergence: str
    message: str
    expected: str
    actual: str
    subject: str | None


class AskedStep(msgspec.Struct, frozen=True, kw_only=True):
    """The failed step."""

    run: str
    """As the playbook says it, with `{{placeholders}}`."""
    command: str
    """As it ran, with values."""
    cwd: str
    """Below the workspace, or absolute."""
    exit_code: int | None
    output: str
    """What it printed; of a long one the beginning and the end."""
    expected_exit: int | None
    expected_output: str | None
    expected_effects: tuple[str, ...]


class Neighbour(msgspec.Struct, frozen=True, kw_only=True):
    """A step before or behind."""

    step_index: int
    run: str


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate that other sources came to."""

    source: str
    patch: tuple[PatchEntry, ...]
    rationale: str
    confidence: float
    risk: str


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """What this source proposed before, and why a person wants another."""

    patch: tuple[PatchEntry, ...]
    note: str


class RepairRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The whole request; of a model, its message."""

    replaybook: int = 1
    base: Base
    failure: AskedFailure
    step: AskedStep
    neighbours: tuple[Neighbour, ...]
    parameters: tuple[str, ...]
    """Names that a command may refer to as `{{name}}`; never their values."""
    candidates: tuple[Offered, ...]
    refused: tuple[Refused, ...]
    proposals: int
    """How many are taken."""


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says yes to before it is sent for the first time."""

    source: str
    """`http` or `model`."""
    url: str
    digest: str
    """Of the endpoint and of the form of what is sent there: another of either is asked for anew."""
    body: str
    """All that will be sent, made readable: indented, a chat's messages as texts; its key is in a header, not shown."""


def request_schema() -> dict[str, Any]:
    """The published JSON Schema of a request."""
    return msgspec.json.schema(RepairRequest)


def request_of(evidence: Evidence, mask: Mask, *, proposals: int) -> dict[str, Any]:
    """What is sent about a failed step, as plain values.

    Args:
        evidence: The failed step.
        mask: Masks secrets by their shape; those of parameters are masked here.
        proposals: How many answers are taken.

    Returns:
        A document of the form of `RepairRequest`, each text of it masked.
    """
    base = evidence.playbook
    asked = RepairRequest(
        base=Base(playbook=base.name, version=base.version, digest=""),
        failure=_failure(evidence),
        step=_step(evidence),
        neighbours=tuple(_neighbours(evidence)),
        parameters=tuple(base.parameters),
        candidates=tuple(_offered(one) for one in evidence.candidates[:OFFERED]),
        refused=tuple(_refused(evidence.declined)),
        proposals=proposals,
    )
    plain = _through(msgspec.to_builtins(asked), _cleaner(evidence, mask))
    # No secret, and it must come back as it is.
    plain["base"]["digest"] = evidence.digest
    return plain  # type: ignore[no-any-return] # of a struct


def _failure(evidence: Evidence) -> AskedFailure:
    failure = evidence.failure
    return AskedFailure(
        step_index=failure.step_index,
        failure_class=failure.failure_class,
        divergence=failure.divergence,
        message=_cut(failure.message),
        expected=_cut(failure.expected),
        actual=_cut(failure.actual),
        subject=failure.subject,
    )


def _step(evidence: Evidence) -> AskedStep:
    step, actual = evidence.step, evidence.actual
    workspace = evidence.workspace.rstrip("/")
    cwd = "." if evidence.cwd == workspace else evidence.cwd.removeprefix(f"{workspace}/")
    return AskedStep(
        run=_cut(step.run),
        command=_cut(evidence.command),
        cwd=cwd,
        exit_code=actual.exit_code if actual else None,
        output=_ends(evidence.output),
        expected_exit=step.expect.exit,
        expected_output=None if step.expect.output is None else _ends(step.expect.output),
        expected_effects=tuple(f"{one.op} {one.path}" for one in step.expect.effects or ()),
    )


def _neighbours(evidence: Evidence) -> list[Neighbour]:
    at = evidence.step_index
    around = range(max(1, at - AROUND), min(len(evidence.playbook.steps), at + AROUND) + 1)
    steps = evidence.playbook.steps
    return [Neighbour(step_index=one, run=_cut(steps[one - 1].run)) for one in around if one != at]


def _offered(candidate: Candidate) -> Offered:
    return Offered(
        source=candidate.source,
        patch=candidate.patch,
        rationale=candidate.rationale,
        confidence=candidate.confidence,
        risk=candidate.risk,
    )


def _refused(declined: Sequence[Declined]) -> list[Refused]:
    return [Refused(patch=one.patch, note=_cut(one.note)) for one in declined]


def _cleaner(evidence: Evidence, mask: Mask) -> Mask:
    """Masks the values of secret parameters, what is a secret by its shape, and whose home it is."""
    secrets = sorted(filter(None, binding.secrets(evidence.playbook, evidence.bindings)), key=len, reverse=True)
    home = evidence.bindings.get("home", "").rstrip("/")

    def clean(text: str) -> str:
        for secret in secrets:
            text = text.replace(secret, binding.MASKED)
        return mask(text.replace(home, "~") if home else text)

    return clean


def _through(value: Any, clean: Mask) -> Any:
    """Plain values with each text cleaned."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {key: _through(one, clean) for key, one in value.items()}
    return [_through(one, clean) for one in value] if isinstance(value, list | tuple) else value


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"


def _ends(text: str) -> str:
    """A long text's beginning and end."""
    left = len(text) - HEAD - TAIL
    return text if left <= 0 else f"{text[:HEAD]}\n… {left} characters left out …\n{text[-TAIL:]}"
