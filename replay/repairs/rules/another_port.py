"""Makes a port that is taken a parameter, with a free one as its value, in all steps that use it."""

from replay import template
from replay.outcome import FailureClass
from replay.repairs.proposal import Candidate, Evidence, Files, PatchEntry, PatchOp, Trust


class AnotherPort:
    """The next free port; never chosen by itself, as others may count on the old one, and its holder is left alone."""

    name = "another-port"

    def matches(self, evidence: Evidence) -> bool:
        """A port that another program listens at."""
        return evidence.failure.failure_class is FailureClass.PORT_IN_USE

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """One candidate, where a step names the port."""
        port = (evidence.failure.subject or "").rpartition(":")[2]
        free = files.free_port(int(port)) if port.isdigit() else None
        entry = _entry(port, str(free), evidence) if free else None
        if entry is None:
            return ()
        return (
            Candidate(
                source=f"rule:{self.name}",
                patch=(entry,),
                rationale=f"Port {port} is taken and {free} is free. Does anything else count on {port}?",
                confidence=0.45,
                trust=Trust.NEAR_MATCH,
            ),
        )


def _entry(port: str, free: str, evidence: Evidence) -> PatchEntry | None:
    """The parameter that holds the port gets another value; one is made where it is written out."""
    base = evidence.playbook
    used = {name for step in base.steps for name in template.names(step.run)}
    held = [name for name in base.parameters if name in used and evidence.bindings.get(name) == port]
    if held:
        value = {"name": held[0], "value": free}
        return PatchEntry(op=PatchOp.SET_PARAMETER, step_index=evidence.step_index, value=value)
    name = _unused({*base.parameters, *evidence.bindings, *(each.name for step in base.steps for each in step.capture)})
    holding = [at for at, step in enumerate(base.steps, 1) if template.lift(step.run, port, name) != step.run]
    if not holding:
        return None
    first = evidence.step_index if evidence.step_index in holding else holding[0]
    value = {"name": name, "value": free, "from": port}
    return PatchEntry(op=PatchOp.SET_PARAMETER, step_index=first, value=value)


def _unused(taken: set[str]) -> str:
    return next(name for name in ("port", *(f"port_{number}" for number in range(2, 1000))) if name not in taken)
