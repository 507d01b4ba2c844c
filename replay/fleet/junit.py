"""A fleet as JUnit XML, the format that CI servers show: one suite, a case a host (pure)."""

from xml.etree import ElementTree as ET

from capture.printable import printable
from replay.fleet.ending import begun_twice
from replay.fleet.model import Fleet, HostStanding, HostState

_LEFT_OUT = frozenset({HostState.SKIPPED, HostState.STOPPED})
_NO_CHARACTERS = {0xFFFE: "\ufffd", 0xFFFF: "\ufffd"}


def junit(fleet: Fleet) -> str:
    """The report.

    Args:
        fleet: At its end, or as it stands.

    Returns:
        XML; a host that did not pass is a `failure` of its state, one that was not tried, or not to its end, is
        `skipped`.
    """
    version = f"{fleet.playbook}@{fleet.version}"
    root = ET.Element("testsuites", name="replaybook fleet")
    suite = ET.SubElement(root, "testsuite", name=_said(version), timestamp=fleet.started_at.partition(".")[0])
    once = ET.SubElement(ET.SubElement(suite, "properties"), "property", name="steps begun twice")
    once.set("value", _said(", ".join(begun_twice(fleet.hosts)) or "none"))
    cases = [_case(one, version) for one in fleet.hosts]
    suite.extend(cases)
    for element in (root, suite):
        element.set("tests", str(len(cases)))
        element.set("failures", str(sum(case.find("failure") is not None for case in cases)))
        element.set("errors", "0")
        element.set("time", _seconds(fleet.duration_ms))
    suite.set("skipped", str(sum(case.find("skipped") is not None for case in cases)))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=False)


def _case(host: HostStanding, version: str) -> ET.Element:
    case = ET.Element("testcase", name=_said(host.name), classname=_said(version), time=_seconds(host.duration_ms))
    if host.state in _LEFT_OUT or not host.state.final:
        ET.SubElement(case, "skipped", message=_said(host.reason or host.state))
    elif host.state is not HostState.PASSED:
        ET.SubElement(case, "failure", type=host.state, message=_said(host.reason)).text = _said(host.reason)
    return case


def _said(text: str) -> str:
    """What XML can hold."""
    return printable(text).translate(_NO_CHARACTERS)


def _seconds(milliseconds: float | None) -> str:
    return f"{(milliseconds or 0) / 1000:.3f}"
