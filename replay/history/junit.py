"""A drift watch as JUnit XML, the format that CI servers show: a suite a playbook, a case a step (pure)."""

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from capture.printable import printable
from replay.history.drift import Checked, Drift, Watch
from replay.outcome import Check, CheckState, Replay, StepOutcome, StepState

_TROUBLE = (CheckState.FAIL, CheckState.UNKNOWN, CheckState.WARN)
_NO_CHARACTERS = {0xFFFE: "\ufffd", 0xFFFF: "\ufffd"}
_STOPS = frozenset({StepState.BLOCKED, StepState.FAILED, StepState.REFUSED})


def junit(found: Watch) -> str:
    """The report.

    Args:
        found: What the watch found.

    Returns:
        XML; a step that would stop is a `failure`, one that is not reached is `skipped`, and a playbook without an
        active version is a suite with one skipped case.
    """
    root = ET.Element("testsuites", name="replaybook check")
    suites = [_suite(number, one, found.started_at) for number, one in enumerate(found.playbooks)]
    root.extend(suites)
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in suites)))
    root.set("time", _seconds(found.duration_ms))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=False)


def _suite(number: int, one: Checked, started_at: str) -> ET.Element:
    suite = ET.Element("testsuite", name=_said(one.playbook), timestamp=started_at.partition(".")[0], id=str(number))
    suite.set("hostname", "localhost")
    suite.set("package", "replaybook")
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(one):
        ET.SubElement(properties, "property", name=name, value=_said(value))
    cases = _cases(one)
    suite.extend(cases)
    for name, kind in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(case.find(kind) is not None for case in cases)))
    suite.set("tests", str(len(cases)))
    suite.set("time", _seconds(one.duration_ms))
    ET.SubElement(suite, "system-out").text = _said(one.reason)
    ET.SubElement(suite, "system-err")
    return suite


def _properties(one: Checked) -> list[tuple[str, str]]:
    replay = one.shadowed or one.simulated
    known = {
        "version": one.version,
        "workspace": one.workspace,
        "found": one.found,
        "digest": replay.digest if replay else None,
        "shadow": one.shadowed.shadow if one.shadowed else None,
        "replay_id": replay.replay_id if replay else None,
    }
    return [(name, str(value)) for name, value in known.items() if value is not None]


def _cases(one: Checked) -> list[ET.Element]:
    replay = one.shadowed or one.simulated
    steps = list(replay.steps) if replay else []
    cases = [_case(one, step, replay) for step in steps if replay]
    told = any(case.find("failure") is not None for case in cases)
    if one.found is Drift.SKIPPED or not cases or (not one.passed and not told):
        cases.append(_whole(one))
    return cases


def _whole(one: Checked) -> ET.Element:
    """The case of what is about no step."""
    case = ET.Element("testcase", name="active version", classname=_said(one.playbook), time="0.000")
    if one.found is Drift.SKIPPED:
        ET.SubElement(case, "skipped", message=_said(one.reason))
    elif not one.passed:
        _fails(case, one.found, one.reason, one.reason)
    return case


def _case(one: Checked, step: StepOutcome, replay: Replay) -> ET.Element:
    name = f"{step.step_index} {step.run.strip().partition(chr(10))[0]}".strip()
    case = ET.Element("testcase", name=_said(name), classname=_said(one.playbook), time=_seconds(step.duration_ms or 0))
    failure = replay.failure if replay.failure and replay.failure.step_index == step.step_index else None
    trouble = [check for check in step.checks if check.state in _TROUBLE]
    if not one.passed and failure:
        told = f"{failure.message}\nexpected: {failure.expected}\nactual: {failure.actual}"
        _fails(case, failure.failure_class, failure.message, told)
    elif not one.passed and step.status in _STOPS:
        _fails(case, step.status, *_checks(trouble))
    elif not one.passed and step.status is StepState.UNKNOWN:
        _fails(case, "unknown", *_checks(trouble))
    elif step.status in (StepState.SKIPPED, StepState.NOT_RUN):
        ET.SubElement(case, "skipped", message=step.status.replace("_", " "))
    elif trouble:
        ET.SubElement(case, "system-out").text = _checks(trouble)[1]
    return case


def _checks(trouble: Sequence[Check]) -> tuple[str, str]:
    """The first of them, and all."""
    said = [f"{check.state}: {check.message}" for check in trouble]
    return (said[0] if said else "not ready"), "\n".join(said)


def _fails(case: ET.Element, kind: str, message: str, text: str) -> None:
    ET.SubElement(case, "failure", type=kind, message=_said(message)).text = _said(text)


def _said(text: str) -> str:
    """What XML can hold."""
    return printable(text).translate(_NO_CHARACTERS)


def _seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.3f}"
