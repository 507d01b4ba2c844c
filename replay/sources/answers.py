"""What a source outside may answer, and what is taken of it: data, held against a published schema (pure)."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from capture.printable import plain_text, printable
from replay import template
from replay.repairs import secrets
from replay.repairs.proposal import Candidate, Evidence, PatchEntry, PatchOp, Trust, Unanswered

OPS = (
    PatchOp.REPLACE,
    PatchOp.INSERT_BEFORE,
    PatchOp.SKIP,
    PatchOp.SET_PARAMETER,
    PatchOp.SET_ENV,
    PatchOp.SET_TIMEOUT,
    PatchOp.REBIND,
)
"""What may be done to a step from outside: never another expectation, and nothing behind the step that fails."""
TOLD = 300
"""How much of an outsider's words is told in a note, in characters."""
MOST = 50
"""Proposals beyond which an answer is none."""

Line = Annotated[str, Meta(min_length=1, max_length=4096)]


class AnsweredEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One change."""

    op: PatchOp
    step_index: Annotated[int, Meta(ge=1, le=100_000)]
    value: Line | dict[str, Line]


class AnsweredProposal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way to mend the step."""

    patch: Annotated[tuple[AnsweredEntry, ...], Meta(min_length=1, max_length=8)]
    rationale: Annotated[str, Meta(min_length=1, max_length=2000)]
    confidence: Annotated[float, Meta(ge=0, le=1)]


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole answer; each proposal is read by itself, so that a wrong one costs no other."""

    proposals: Annotated[tuple[msgspec.Raw, ...], Meta(max_length=MOST)]
    base_digest: Annotated[str, Meta(max_length=200)] | None = None
    question: Annotated[str, Meta(max_length=2000)] | None = None


class Taken(NamedTuple):
    """What is taken of an answer."""

    candidates: tuple[Candidate, ...]
    notes: tuple[str, ...]
    """What was refused and why, and what is asked back; one line each."""


def answer_schema() -> dict[str, Any]:
    """The published JSON Schema of an answer, in the narrow form that structured output wants."""
    text = {"type": "string"}
    named = _object(name=text, value=text)
    moved = _object(**{"from": text, "to": text})
    ref = _object(**{"from": text, "to": text, "kind": {"type": "string", "enum": ["ref"]}})
    entry = _object(
        op={"type": "string", "enum": [str(op) for op in OPS]},
        step_index={"type": "integer"},
        value={"anyOf": [text, named, moved, ref]},
    )
    proposal = _object(patch={"type": "array", "items": entry}, rationale=text, confidence={"type": "number"})
    optional = {"type": ["string", "null"]}
    return _object(proposals={"type": "array", "items": proposal}, base_digest=optional, question=optional)


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def read_answer(data: bytes | str, evidence: Evidence, *, source: str, trust: Trust, most: int) -> Taken:
    """Candidates out of an answer.

    Args:
        data: JSON.
        evidence: What was asked about.
        source: What they are called.
        trust: What they are worth.
        most: How many are taken.

    Returns:
        Those that fit the schema, this step and this version; the gate has not seen them.

    Raises:
        Unanswered: None of it can be used.
    """
    try:
        answer = msgspec.json.decode(data, type=Answer)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unanswered(f"its answer is not as the schema says: {told(str(error))}") from None
    _check_base(answer.base_digest, evidence, wanted=trust is Trust.HTTP)
    notes = [f"it asks: {told(answer.question)}"] if answer.question and answer.question.strip() else []
    if len(answer.proposals) > most:
        notes.append(f"{len(answer.proposals) - most} of its {len(answer.proposals)} proposals were left out")
    taken: list[Candidate] = []
    for number, raw in enumerate(answer.proposals[:most], 1):
        try:
            taken.append(_candidate(raw, evidence, source, trust))
        except Unanswered as error:
            notes.append(f"proposal {number} refused, {error}")
    return Taken(tuple(taken), tuple(notes))


def told(text: str) -> str:
    """An outsider's words on one line, without what could act on a terminal, and not too many."""
    line = " ".join(printable(plain_text(text.encode("utf-8", "replace"))).split())
    return line if len(line) <= TOLD else f"{line[:TOLD]} …"


def _check_base(given: str | None, evidence: Evidence, *, wanted: bool) -> None:
    """Whether the answer is about this very version.

    Raises:
        Unanswered: It is not, or does not say.
    """
    if given is None and not wanted:
        return
    if given != evidence.digest:
        raise Unanswered("its answer is for another version: base_digest is not the one that was sent")


def _candidate(raw: msgspec.Raw, evidence: Evidence, source: str, trust: Trust) -> Candidate:
    """One proposal.

    Raises:
        Unanswered: It can't be taken.
    """
    try:
        proposal = msgspec.json.decode(raw, type=AnsweredProposal)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unanswered(f"it is not as the schema says: {told(str(error))}") from None
    reason = next(_reasons(proposal, evidence), None)
    if reason is not None:
        raise Unanswered(reason)
    return Candidate(
        source=source,
        patch=tuple(PatchEntry(op=one.op, step_index=one.step_index, value=one.value) for one in proposal.patch),
        rationale=_in_a_line(proposal.rationale),
        confidence=proposal.confidence,
        trust=trust,
    )


def _reasons(proposal: AnsweredProposal, evidence: Evidence) -> Iterator[str]:
    patch = tuple(PatchEntry(op=one.op, step_index=one.step_index, value=one.value) for one in proposal.patch)
    if any(patch == one.patch for one in evidence.declined):
        yield "it is the one that was sent back"
    known = evidence.playbook.parameters.keys() | evidence.bindings.keys()
    for entry in patch:
        if entry.op not in OPS:
            yield f"nothing outside may propose {entry.op}"
        if entry.step_index != evidence.step_index:
            yield f"it changes step {entry.step_index}, and step {evidence.step_index} has failed"
        for text in [entry.value] if isinstance(entry.value, str) else entry.value.values():
            if secrets.is_masked(text):
                yield "it holds what was masked"
            unknown = sorted(template.names(text) - known)
            if unknown:
                yield f"it refers to {told(unknown[0])}, which has no value"


def _in_a_line(text: str) -> str:
    """A rationale as it is kept: plain, whatever it was."""
    plain = re.sub(r"\s+", " ", printable(plain_text(text.encode("utf-8", "replace"))))
    return plain.strip() or "no reason was given"
