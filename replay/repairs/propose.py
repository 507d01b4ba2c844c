"""Asks every source about a failed step, lets the gate judge what comes, and puts it in order."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from capture.errors import BadInputError
from replay import template
from replay.playbook import Expectation, PlaybookStep
from replay.repairs import abstaining, gate, patching, ranking
from replay.repairs.learning import Track, weighed
from replay.repairs.proposal import Candidate, Evidence, Files, Rule, Unanswered
from replay.repairs.ranking import Ranked
from replay.repairs.sources import RULES


class Proposals(msgspec.Struct, frozen=True, kw_only=True):
    """What the sources came to."""

    candidates: tuple[Ranked, ...] = ()
    """Best first."""
    abstained: str | None = None
    """Why there are none, and the question to ask."""
    notes: tuple[str, ...] = ()
    """Rules that failed and proposals that the gate refused, one sentence each."""


def propose(
    evidence: Evidence,
    files: Files,
    *,
    rules: Sequence[Rule] = RULES,
    denied: Callable[[str], str | None] = lambda _: None,
    known: Mapping[str, Track] | None = None,
) -> Proposals:
    """Find what could be changed so that a failed step works again.

    Args:
        evidence: The failed step.
        files: The machine, to be asked only.
        rules: The sources.
        denied: What the user's own policy has against a command; None: nothing.
        known: How the proposals of each source fared on this machine.

    Returns:
        Ranked candidates, or the reason why there are none.
    """
    kind = evidence.failure.failure_class
    if kind in abstaining.NEVER_REPAIRED:
        rules = [rule for rule in rules if rule.name in abstaining.STILL_ASKED.get(kind, ())]
    notes: list[str] = []
    allowed: list[Candidate] = []
    for rule in rules:
        so_far = msgspec.structs.replace(evidence, candidates=tuple(allowed))
        for candidate in _asked(rule, so_far, files, notes):
            verdict = gate.judge(candidate, evidence, files)
            refused = verdict.refused or _denied(verdict.candidate, evidence, denied)
            if refused:
                notes.append(f"{candidate.source}: refused, {refused}")
            else:
                allowed.append(weighed(verdict.candidate, known or {}))
    ranked = ranking.rank(allowed)
    return Proposals(candidates=ranked, abstained=None if ranked else abstaining.reason(evidence), notes=tuple(notes))


def _denied(candidate: Candidate, evidence: Evidence, denied: Callable[[str], str | None]) -> str | None:
    """What the user's policy has against the commands that a candidate would bring in."""
    base = evidence.playbook
    known = {step.run for step in base.steps}
    runs = [step.run for step in patching.apply(base, candidate.patch).steps if step.run not in known]
    return next((why for run in runs if (why := denied(_as_it_would_run(run, evidence))) is not None), None)


def _as_it_would_run(run: str, evidence: Evidence) -> str:
    known = template.names(run) <= evidence.bindings.keys()
    return template.render_shell(run, evidence.bindings, evidence.playbook.shell) if known else run


def _asked(rule: Rule, evidence: Evidence, files: Files, notes: list[str]) -> tuple[Candidate, ...]:
    """A rule's candidates that change something; a rule that fails is skipped and noted."""
    try:
        candidates = rule.propose(evidence, files) if rule.matches(evidence) else ()
        return tuple(candidate for candidate in candidates if _changes(candidate, evidence))
    except Unanswered as error:
        notes.append(f"{rule.name}: {error}")
        return ()
    except Exception as error:  # noqa: BLE001 - one rule's defect must not cost the person the other rules' answers
        notes.append(f"rule:{rule.name} failed and was skipped: {type(error).__name__}: {error}")
        return ()


def _changes(candidate: Candidate, evidence: Evidence) -> bool:
    """Whether the failed step, or what comes before it, does something else under the patch, not only expects it."""
    base = evidence.playbook
    try:
        patched = patching.apply(base, candidate.patch)
    except BadInputError:
        return False
    before, after = (_done(steps[: evidence.step_index]) for steps in (base.steps, patched.steps))
    return before != after or patched.parameters != base.parameters


def _done(steps: Sequence[PlaybookStep]) -> list[PlaybookStep]:
    """Steps without what they need and leave behind."""
    return [msgspec.structs.replace(step, requires=(), expect=Expectation()) for step in steps]
