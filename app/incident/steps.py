"""The steps of a report: how each ended, and of one that differs, recorded beside actual."""

from collections.abc import Iterator, Sequence

from app.calls import told_command, whole_command
from app.documents import UNNAMED
from app.incident.markup import Markup, element, joined
from app.incident.material import Material
from app.incident.opening import BAD, DIM, GOOD, WARN, ended, first_failed
from app.incident.paper import Paper, lit, near, section, took
from app.incident.talk import talk
from app.telling import named_line
from capture.trace import FileEffect, Input, Step, StepStatus, Trace
from replay.history.comparison import Aspect, EffectDifference, StepComparison
from replay.history.sides import Done
from replay.history.texts import Beside, beside
from replay.outcome import Check, CheckState, Replay, StepOutcome, StepState
from replay.playbook import PlaybookStep

FILES = 100
"""Paths that are listed of one step."""
OF_STEP = {
    StepState.READY: ("✓", GOOD),
    StepState.SUCCESS: ("✓", GOOD),
    StepState.BLOCKED: ("✗", BAD),
    StepState.FAILED: ("✗", BAD),
    StepState.WARNED: ("!", WARN),
    StepState.UNKNOWN: ("?", WARN),
    StepState.REFUSED: ("⊘", BAD),
    StepState.SKIPPED: ("-", DIM),
    StepState.NOT_RUN: ("·", DIM),
}
AS_WISHED = frozenset({StepState.SUCCESS, StepState.READY})
"""What is told by the sign alone."""
OF_CHECK = {
    CheckState.PASS: ("✓", GOOD),
    CheckState.FAIL: ("✗", BAD),
    CheckState.WARN: ("!", WARN),
    CheckState.UNKNOWN: ("?", WARN),
}
OF_DONE = {StepStatus.SUCCESS: ("✓", GOOD), StepStatus.FAILED: ("✗", BAD)}


def steps_section(found: Material, played: frozenset[str], paper: Paper) -> Markup:
    """All steps in order; those that failed are open.

    Args:
        found: What it is of.
        played: Names of the recordings that the page plays.
        paper: Shortens texts.
    """
    if found.replay is not None:
        return section("steps", "Steps", *_Replayed(found, found.replay, played, paper).steps(), *_left_out(found))
    if found.trace is None:
        return Markup()
    worst = first_failed(found.trace)
    return section(
        "steps",
        "Steps",
        *(_plain(found.trace, step, played, paper, opened=step is worst) for step in found.trace.steps),
    )


class _Replayed:
    """Steps of a playbook, with what was recorded of each and what came."""

    def __init__(self, found: Material, replay: Replay, played: frozenset[str], paper: Paper) -> None:
        self._found, self._replay, self._played, self._paper = found, replay, played, paper
        one, two = found.sides or (None, None)
        self._recorded = {done.place: done for done in one.steps if done.place} if one else {}
        self._done = {done.place or done.index: done for done in two.steps} if two else self._alone()
        compared = found.comparison.steps if found.comparison else ()
        self._compared = {step.two: step for step in compared if step.two is not None}

    def _alone(self) -> dict[int, Done]:
        """What came, where there is no recording to hold it against."""
        steps = self._found.trace.steps if self._found.trace else ()
        return {step.step_index: Done(index=step.step_index, command=step.command, step=step) for step in steps}

    def steps(self) -> Iterator[Markup]:
        for outcome in self._replay.steps:
            yield self._step(outcome)

    def _step(self, outcome: StepOutcome) -> Markup:
        index = outcome.step_index
        plan = self._found.playbook.steps[index - 1] if self._found.playbook else None
        done, compared = self._done.get(index), self._compared.get(index)
        sign, tone = OF_STEP[outcome.status]
        said = [", ".join(compared.differs).replace("_", " ")] if compared and compared.differs else []
        said += [outcome.status.replace("_", " ")] if outcome.status not in AS_WISHED else []
        exit_code = "" if outcome.exit_code is None else f"exit {outcome.exit_code}"
        command = outcome.run or (done.command if done else "") or (plan.run if plan else "")
        failed = self._replay.failure is not None and self._replay.failure.step_index == index
        then = self._recorded.get(index) if failed else None
        before, behind = talk(self._found.source, then.step.step_index, self._paper) if then else (Markup(), Markup())
        return _details(
            (sign, tone),
            index,
            command,
            (" · ".join(said), exit_code, took(outcome.duration_ms)),
            joined(before, *self._inside(command, plan, done, compared), behind, _checks(outcome.checks)),
            opened=failed,
            play="replay" if done and "replay" in self._played else None,
        )

    def _inside(
        self, command: str, plan: PlaybookStep | None, done: Done | None, compared: StepComparison | None
    ) -> Iterator[Markup]:
        yield from _whole(command, self._paper)
        if plan is not None and plan.note:
            yield element("p", plan.note, cls="note")
        if compared is not None:
            yield from _small_differences(compared)
        if done is not None:
            yield self._output(plan, done)
            yield from _effects(done.step, compared, self._paper)
        elif plan is not None and plan.expect.output:
            yield _captioned("Recorded, as the playbook expects it", self._paper.pre(plan.expect.output))

    def _output(self, plan: PlaybookStep | None, done: Done) -> Markup:
        """What was printed: once where it is as recorded, else both beside each other."""
        then = self._recorded.get(done.place or 0)
        if then is None or self._found.sides is None:
            if plan is not None and plan.expect.output is not None:
                return _columns(
                    _captioned("Recorded, as the playbook expects it", self._paper.pre(plan.expect.output)),
                    _captioned("This time", self._paper.pre(done.step.output)),
                )
            return _captioned("This time", self._paper.pre(done.step.output)) if done.step.output else Markup()
        one, two = self._found.sides
        rows = beside(one.printed(then), two.printed(done))
        if all(row.same for row in rows):
            if not done.step.output.strip():
                return element("p", "It printed nothing, as recorded.", cls="dim")
            return _captioned("Output, as recorded", self._paper.pre(done.step.output))
        return _beside(rows, self._paper)


def _details(  # noqa: PLR0913 - the parts of a row
    sign: tuple[str, str],
    index: int,
    command: str,
    cells: tuple[str, str, str],
    inside: str,
    *,
    opened: bool,
    play: str | None,
) -> Markup:
    """One step: a row that opens."""
    first, _, more = told_command(command).strip().partition("\n")
    differs, exit_code, lasted = cells
    row = element(
        "summary",
        element("span", sign[0], cls=f"sign {sign[1]}"),
        element("span", str(index), cls="number"),
        element("code", (first or UNNAMED) + (" …" if more else "")),
        element("span", differs, cls="differs"),
        element("span", exit_code, cls="exit"),
        element("span", lasted, cls="took"),
    )
    jump = element("a", "▶ in the recording", href=f"#{play}", cls="jump", data_film=play, data_step=str(index))
    content = joined(inside, jump if play else "") or element("p", "Nothing more is known of it.", cls="dim")
    return element(
        "details",
        row,
        element("div", content, cls="inside"),
        cls="step failed" if sign[1] is BAD else "step",
        open=opened,
    )


def _whole(command: str, paper: Paper) -> Iterator[Markup]:
    """What was done, where its row does not say all of it."""
    whole = whole_command(command).strip("\n")
    if "\n" in whole.strip():
        yield element("pre", paper.text(whole), cls="command")


def _plain(trace: Trace, step: Step, played: frozenset[str], paper: Paper, *, opened: bool) -> Markup:
    """A step of a recording that nothing is held against; of one that failed, what was said around it too."""
    exit_code = "" if step.exit_code is None else f"exit {step.exit_code}"
    inside = list(_whole(step.command, paper))
    inside += [paper.pre(step.output)] if step.output.strip() else [element("p", "It printed nothing.", cls="dim")]
    inside += _effects(step, None, paper)
    if step.status is StepStatus.FAILED:
        before, behind = talk(trace, step.step_index, paper)
        inside = [before, *inside, behind]
    said = "" if step.status is StepStatus.SUCCESS else ended(step) if step.exit_code is None else step.status
    return _details(
        OF_DONE.get(step.status, ("!", WARN)),
        step.step_index,
        step.command,
        (said.replace("_", " "), exit_code, took(step.duration_ms)),
        joined(*inside),
        opened=opened,
        play="recording" if "recording" in played else None,
    )


def _small_differences(compared: StepComparison) -> Iterator[Markup]:
    """What takes one line each: command, directory, how it ended, variables."""
    rows: list[tuple[str, str, str]] = []
    if Aspect.COMMAND in compared.differs:
        rows.append(("Command", compared.command.one.strip(), compared.command.two.strip()))
    if compared.directory:
        rows.append(("Directory", compared.directory.one, compared.directory.two))
    if compared.exit_code:
        rows.append(("Exit code", str(compared.exit_code.one), str(compared.exit_code.two)))
    if compared.signal and (compared.signal.one or compared.signal.two):
        rows.append(("Signal", compared.signal.one or "none", compared.signal.two or "none"))
    if not rows and not compared.environment:
        return
    head = element("tr", element("th"), element("th", "Recorded"), element("th", "This time"))
    lines = (element("tr", element("th", name), *(element("td", cell) for cell in lit(*pair))) for name, *pair in rows)
    yield element("table", head, *lines, cls="small") if rows else Markup()
    for variable in compared.environment:
        yield element("p", "variable ", element("code", named_line(variable, "unset")))


def _beside(rows: Sequence[Beside], paper: Paper) -> Markup:
    """Two outputs, line by line; long stretches that are the same are folded."""
    lines: list[Markup] = []
    for start, end, shown in near(row.same for row in rows):
        if shown:
            lines += [_line(row, paper) for row in rows[start:end]]
        else:
            count = f"{end - start} line{'s' if end - start > 1 else ''} as recorded"
            lines.append(element("tr", element("td", f"⋯ {count}", colspan="2"), cls="fold"))
    head = element("tr", element("th", "Recorded"), element("th", "This time"))
    return element("table", head, *lines, cls="beside")


def _line(row: Beside, paper: Paper) -> Markup:
    one, two = (None if text is None else paper.text(text, 2000) for text in (row.one, row.two))
    if row.same:
        return element("tr", element("td", one or ""), element("td", two or ""))
    if one is None or two is None:
        cells = (one, two)
        return element("tr", *(element("td", text or "", cls="lit" if text is not None else "none") for text in cells))
    return element("tr", *(element("td", cell, cls="lit") for cell in lit(one, two)))


def _effects(step: Step, compared: StepComparison | None, paper: Paper) -> Iterator[Markup]:
    """What was typed into it, what it changed, and what of that is not as recorded."""
    typed = [
        element(
            "li", element("code", one.prompt.strip()), " ← ", "(secret)" if one.secret else (one.text or "").strip()
        )
        for one in step.inputs
    ]
    if typed:
        yield _captioned("Typed into it", element("ul", *typed))
    if compared is not None and compared.dialogue:
        yield _captioned("Dialogue, what differs", paper.diff(compared.dialogue))
    if compared is not None and compared.effects:
        told = [
            joined(
                element("code", one.path),
                f": {one.one or 'untouched'} when recorded, {one.two or 'untouched'} this time{_in_what(one)}",
                paper.diff(one.diff) if one.diff else "",
            )
            for one in compared.effects
        ]
        yield _captioned("Files, what differs", element("ul", *(element("li", line) for line in told)))
    if step.file_effects:
        yield _captioned("Files changed", element("ul", *map(_effect, step.file_effects[:FILES]), cls="files"))
    if len(step.file_effects) > FILES:
        yield element("p", f"and {len(step.file_effects) - FILES} more", cls="dim")
    if step.env_effects.any:
        items = (element("li", f"{done} ", element("code", what)) for done, what in step.env_effects.listed())
        yield _captioned("Shell changed", element("ul", *items))


def _typed(one: Input) -> str:
    return "(secret)" if one.secret else (one.text or "").strip()


def _in_what(one: EffectDifference) -> str:
    """In what a path that was changed alike differs."""
    what = ", ".join(name.replace("_", " ") for name in one.differs if name != "op")
    return f", other {what}" if what else ""


def _effect(effect: FileEffect) -> Markup:
    came = f" from {effect.moved_from}" if effect.moved_from else ""
    size = "" if effect.size is None else f" · {effect.size} B"
    return element("li", element("code", effect.path), element("span", f" {effect.op}{came}{size}", cls="dim"))


def _checks(checks: Sequence[Check]) -> Markup:
    if not checks:
        return Markup()
    return _captioned("Checked before it", check_list(checks))


def check_list(checks: Sequence[Check]) -> Markup:
    """What was looked at before a step, trouble first."""
    order = [CheckState.FAIL, CheckState.UNKNOWN, CheckState.WARN, CheckState.PASS]
    items = (
        element(
            "li",
            element("span", OF_CHECK[check.state][0], cls=f"sign {OF_CHECK[check.state][1]}"),
            " ",
            check.message,
            element("span", f" {check.hint}", cls="dim") if check.hint else "",
        )
        for check in sorted(checks, key=lambda check: order.index(check.state))
    )
    return element("ul", *items, cls="checks")


def _left_out(found: Material) -> Iterator[Markup]:
    """What was recorded and is no step of the playbook."""
    left = [step for step in (found.comparison.steps if found.comparison else ()) if step.left_out]
    if left:
        items = (element("li", element("code", (step.command.one or step.command.two or "").strip())) for step in left)
        yield element(
            "details",
            element("summary", f"{len(left)} recorded step{'s' if len(left) > 1 else ''} left out by the playbook"),
            element("ul", *items),
            cls="aside",
        )


def _columns(*columns: Markup) -> Markup:
    return element("div", *columns, cls="columns")


def _captioned(caption: str, content: Markup) -> Markup:
    return element("div", element("h3", caption), content)
