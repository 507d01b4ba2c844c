"""Masks a recording by the rules of now, which may know more than those that it was recorded under (pure)."""

from collections.abc import Iterator, Mapping

from capture.errors import RefusedError
from capture.secrets.redaction import Redactor
from capture.secrets.scanning import INVISIBLE, Scan
from capture.tape.editing import Recording
from capture.tape.erasing import Wanted, erased, texts_in

ROUNDS = 3
"""What is masked first may give away more."""
SHORTEST = 4
"""Characters of a secret that can be taken out everywhere: a shorter one stands in many words."""


def masked_again(recording: Recording, redactor: Redactor) -> tuple[Recording, int]:
    """A recording in which the rules find nothing any more.

    Args:
        recording: Any; it stays as it is.
        redactor: Knows the rules.

    Returns:
        The same recording where there is nothing to mask, else one without its secrets; and how many different
        secrets that were.

    Raises:
        RefusedError: A secret is found that can't be taken out.
    """
    masked: set[str] = set()
    for _ in range(ROUNDS):
        found = secrets_in(recording, redactor)
        if not found:
            return recording, len(masked)
        short = [secret for secret in found if len(secret.strip()) < SHORTEST]
        if short:
            break
        masked |= found
        recording, _ = erased(recording, [Wanted.text(secret) for secret in sorted(found, key=len, reverse=True)])
    run = recording.trace.run
    raise RefusedError(
        f"run {run.name} holds a secret that can't be masked by itself; take it out first: "
        f"replaybook edit {run.run_id} --redact"
    )


def secrets_in(recording: Recording, redactor: Redactor) -> set[str]:
    """What in a recording the rules call a secret, as it is seen on a screen."""
    trace = recording.trace
    for step in trace.steps:
        # A secret that a command gives away is looked for in everything else.
        redactor.command(step.command or "")
    found = set(_named(trace.environment, redactor))
    for step in trace.steps:
        found |= set(_named(step.env_effects.set, redactor))
    for text in texts_in(trace):
        found |= set(_in_bytes(text.encode("utf-8", "surrogatepass"), redactor))
    tape = b"".join(frame.data for frame in recording.frames())
    return found | set(_in_bytes(tape, redactor))


def _named(variables: Mapping[str, str], redactor: Redactor) -> Iterator[str]:
    return (value for name, value in variables.items() if redactor.names_secret(name, value))


def _in_bytes(data: bytes, redactor: Redactor) -> Iterator[str]:
    """Each secret whole, though several spans may cover it."""
    spans = Scan(redactor).spans(data)
    at = 0
    while at < len(spans):
        last = at
        while last + 1 < len(spans) and spans[last + 1].goes_on:
            last += 1
        secret = INVISIBLE.sub(b"", data[spans[at].start : spans[last].end])
        yield secret.decode("utf-8", "surrogateescape").replace("\r\n", "\n").strip("\r\n")
        at = last + 1
