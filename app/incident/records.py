"""What stands behind a replay: simulation, repairs, versions, decisions, and where it happened."""

from collections.abc import Iterable, Iterator

from app.incident.markup import Markup, element, joined
from app.incident.material import Material, VersionShown
from app.incident.paper import Paper, facts, moment, section, took
from app.incident.steps import OF_CHECK
from capture.trace import Run, SeenTool, Trace
from replay.foretold import foretold
from replay.library.rows import ValidationRow
from replay.outcome import Replay
from replay.playbook import Playbook
from replay.repairs.proposal import PatchEntry, Repair

SAFE = frozenset(
    (
        *("CC", "CFLAGS", "CI", "COLORTERM", "CXX", "EDITOR", "GOFLAGS", "GOPATH", "JAVA_HOME", "LANG", "LANGUAGE"),
        *("LDFLAGS", "LD_LIBRARY_PATH", "MAKEFLAGS", "NODE_ENV", "NO_COLOR", "PAGER", "PATH", "PKG_CONFIG_PATH"),
        *("PYTHONHASHSEED", "PYTHONPATH", "SHELL", "TERM", "TZ", "UMASK", "VIRTUAL_ENV", "VISUAL"),
    )
)
"""Variables that a report shows where they were exported; all others only where the playbook wants them."""
OTHERS = frozenset({"Began", "Shadow level"})
"""What differs in any two runs."""
REASONS = ("note", "override", "lacks", "reason", "policy_key", "policy_file")
"""What a decision says of itself."""
SHORT = 12
"""Characters of a digest."""


def simulation_section(found: Material) -> Markup:
    """What the simulation had foretold."""
    simulated = found.simulated
    if simulated is None:
        return Markup()
    same = found.replay is not None and simulated.replay_id == found.replay.replay_id
    when = "This is one" if same else f"The last one before, {moment(simulated.started_at)}"
    told = foretold(simulated.steps)
    items = (
        element(
            "li",
            element("span", OF_CHECK[one.state][0], cls=f"sign {OF_CHECK[one.state][1]}"),
            f" {one.where}: {one.message}",
            element("span", f" {one.hint}", cls="dim") if one.hint else "",
        )
        for one in told
    )
    checks = sum(len(step.checks) for step in simulated.steps)
    well = f"{len(told)} findings" if told else "nothing in the way"
    said = f"{when}: {simulated.status.replace('_', ' ')}; {checks} checks, {well}."
    return section("simulation", "Simulation", element("p", said), element("ul", *items, cls="checks"))


def repairs_section(found: Material, paper: Paper) -> Markup:
    """Each proposal with its evidence, and what became of it."""
    notes = found.replay.notes if found.replay else ()
    said = element("ul", *(element("li", note) for note in notes)) if notes else Markup()
    return section("repairs", "Repairs", *(_repair(one, found, paper) for one in found.repairs), said)


def _repair(one: Repair, found: Material, paper: Paper) -> Markup:
    other = "" if found.replay and one.replay_id == found.replay.replay_id else ", made in an earlier replay"
    title = joined(element("b", one.status.replace("_", " ")), f" · step {one.step_index} · {one.source}{other}")
    known = facts(
        [
            ("For", f"{one.playbook}@{one.base_version}"),
            ("Class", one.failure_class),
            ("Risk", one.risk),
            ("Confidence", f"{one.confidence:.0%}"),
            ("Made", f"{one.playbook}@{one.created_version}" if one.created_version else None),
            ("Validation", _validation(one.validation)),
            ("Approved by", ", ".join(one.approved_by)),
            ("Still wants", one.wants),
            ("Stale", one.stale),
            ("Reviewer's note", one.note),
            ("Patch", "; ".join(map(_entry, one.patch))),
            ("Repair", one.repair_id),
        ]
    )
    return element("article", element("h3", title), element("p", one.rationale), known, paper.diff(one.diff))


def _entry(entry: PatchEntry) -> str:
    value = entry.value if isinstance(entry.value, str) else ", ".join(f"{k} {v}" for k, v in entry.value.items())
    return f"{entry.op.replace('_', ' ')} step {entry.step_index}: {value}"


def _validation(told: dict[str, object] | None) -> str | None:
    if not told:
        return None
    control = told.get("control")
    reproduced = control.get("reproduced") if isinstance(control, dict) else None
    said = f"{told.get('verdict')} in a shadow of level {told.get('level')}, {told.get('host_changes')} host changes"
    return said if reproduced is None else f"{said}; control {'reproduced' if reproduced else 'not reproduced'}"


def versions_section(found: Material, paper: Paper) -> Markup:
    """The versions that it is about, with what each changed."""
    return section("versions", "Playbook", *(_version(one, found, paper) for one in found.versions))


def _version(one: VersionShown, found: Material, paper: Paper) -> Markup:
    replayed = found.replay is not None and one.playbook.version == found.replay.version
    notes = ["replayed"] if replayed else []
    if replayed and found.playbook is None:
        notes = [f"replayed as {found.replay.digest[-SHORT:] if found.replay else ''}, and edited since"]
    title = joined(element("b", one.ref), f" · {' · '.join([one.status, *notes])}")
    known = facts(
        [
            ("Made", moment(one.created_at)),
            ("From", ", ".join(one.made_from)),
            ("Digest", one.digest),
        ]
    )
    tried = (element("li", _tried(validation)) for validation in one.validations)
    validations = element("ul", *tried) if one.validations else Markup()
    changed = joined(element("p", f"What it changed in {one.before}:"), paper.diff(one.diff)) if one.diff else Markup()
    text = element("details", element("summary", "The document"), paper.pre(one.text, cls="code"), cls="aside")
    return element("article", element("h3", title), known, validations, changed, text)


def _tried(validation: ValidationRow) -> str:
    """One validation of a version, in a line."""
    told = f"{moment(validation.created_at)}: {validation.verdict} in a shadow of level {validation.level}"
    told += f", {validation.rounds + 1} whole replays" if validation.rounds else ""
    return f"{told}. {validation.reason}"


def decisions_section(found: Material, limit: int | None, paper: Paper) -> Markup:
    """The entries of the log that are about this, and whether the log is whole."""
    if found.log is None or not found.entries:
        return Markup()
    shown = found.entries if limit is None else found.entries[-limit:]
    paper.cut += len(shown) < len(found.entries)
    whole = f"The log is whole: {found.log.entries} entries in all, each holding the hash of the one before."
    if found.log.problem is not None:
        whole = f"The log is NOT whole: entry {found.log.problem.seq} was {found.log.problem.kind}."
    left = f" The last {len(shown)} of {len(found.entries)} about this." if len(shown) < len(found.entries) else ""
    head = element("tr", *(element("th", name) for name in ("#", "When", "Who", "What", "To what", "Hash")))
    rows = (
        element(
            "tr",
            element("td", str(one.seq)),
            element("td", moment(one.at)),
            element("td", one.actor),
            element("td", one.action),
            element("td", element("code", one.subject), _why(one.details)),
            element("td", element("code", one.hash[-SHORT:], title=one.hash)),
        )
        for one in shown
    )
    table = element("div", element("table", head, *rows, cls="log"), cls="wide-table")
    return section("decisions", "Decisions", element("p", whole + left), table)


def _why(details: dict[str, str]) -> Markup:
    said = [f"{name.replace('_', ' ')}: {details[name]}" for name in REASONS if details.get(name)]
    shown = details.get("shown_ms", "")
    said += [f"looked at it for {took(float(shown))}"] if shown.isdigit() else []
    return element("div", " · ".join(said), cls="dim") if said else Markup()


def environment_section(found: Material) -> Markup:
    """Where it was recorded and replayed; of two columns, only what differs is lit."""
    columns = [("Recorded", found.source), ("Replayed", found.trace)] if found.replay else [("Recorded", found.trace)]
    known = [(name, trace) for name, trace in columns if trace is not None]
    if not known:
        return Markup()
    wanted = _wanted(found.playbook)
    rows = [_row(name, cells) for name, cells in _machine([trace for _, trace in known], found)]
    if found.replay is not None and found.source is not None and found.trace is not None:
        rows += [_row(f"{{{{{name}}}}}", cells) for name, cells in _values(found.playbook, found.replay)]
    rows += [_row(f"${name}", cells) for name, cells in _variables([trace for _, trace in known], wanted)]
    head = element("tr", element("th"), *(element("th", name) for name, _ in known))
    table = element("div", element("table", head, *rows, cls="small"), cls="wide-table")
    return section("environment", "Environment", table, _tools([trace for _, trace in known]))


def _row(name: str, cells: tuple[str, ...]) -> Markup:
    differs = len(set(cells)) > 1 and name not in OTHERS
    return element("tr", element("th", name), *(element("td", cell, cls="lit" if differs else None) for cell in cells))


def _machine(traces: Iterable[Trace], found: Material) -> Iterator[tuple[str, tuple[str, ...]]]:
    runs = [trace.run for trace in traces]
    shadow = found.replay.shadow if found.replay else None
    levels = [*([""] * (len(runs) - 1)), shadow or ""]
    rows = (
        ("Host", [run.host for run in runs]),
        ("User", [run.user for run in runs]),
        ("Home directory", [run.user_home for run in runs]),
        ("Shell", [run.shell for run in runs]),
        ("Terminal", [_size(run) for run in runs]),
        ("Workspace", [run.workspace for run in runs]),
        ("Began", [moment(run.started_at) for run in runs]),
        ("Shadow level", levels),
    )
    yield from ((name, tuple(cells)) for name, cells in rows if any(cells))


def _size(run: Run) -> str:
    return f"{run.columns} by {run.rows}"


def _values(playbook: Playbook | None, replay: Replay) -> Iterator[tuple[str, tuple[str, str]]]:
    """What parameters and captures stood for, when it was recorded and this time."""
    recorded = {name: one.recorded or "" for name, one in playbook.parameters.items()} if playbook else {}
    recorded |= {one.name: one.recorded for step in (playbook.steps if playbook else ()) for one in step.capture}
    for name, value in replay.bindings.items():
        if name in recorded:
            yield name, (recorded[name], value)


def _wanted(playbook: Playbook | None) -> frozenset[str]:
    steps = playbook.steps if playbook else ()
    named = {need.env for step in steps for need in step.requires if need.env}
    return frozenset(named | {name for step in steps for name in step.env})


def _variables(traces: Iterable[Trace], wanted: frozenset[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    told = [trace.environment for trace in traces]
    names = {name for environment in told for name in environment}
    for name in sorted(names):
        if name in SAFE or name in wanted or name.startswith("LC_"):
            yield name, tuple(environment.get(name, "(unset)") for environment in told)


def _tools(traces: Iterable[Trace]) -> Markup:
    seen: dict[str, SeenTool] = {}
    for trace in traces:
        seen |= {tool.name: tool for step in trace.steps for tool in step.tools if tool.name not in seen}
    if not seen:
        return Markup()
    head = element("tr", *(element("th", name) for name in ("Program", "Where", "Size", "SHA-256 of its beginning")))
    rows = (
        element(
            "tr",
            element("td", element("code", name)),
            element("td", element("code", tool.path)),
            element("td", f"{tool.size} B"),
            element("td", element("code", tool.sha256[:SHORT], title=tool.sha256)),
        )
        for name, tool in sorted(seen.items())
    )
    table = element("div", element("table", head, *rows, cls="log"), cls="wide-table")
    return joined(element("h3", "Programs, as they were recorded"), table)
