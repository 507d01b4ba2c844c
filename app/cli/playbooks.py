"""compile, playbooks, playbook, diff, answer, update, schema: playbooks and their versions."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import click
import msgspec

from app.calls import told_command
from app.cli.exits import Exit
from app.cli.shared import (
    Settings,
    as_json,
    complete_playbook,
    complete_run,
    emit,
    example,
    narrate,
    pass_settings,
    table,
)
from app.core import Core, StoredVersion, Update, VersionSummary
from app.documents import Document, compile_document, parameters
from app.health import Health, against_it
from app.lineage import Descent
from capture.errors import BadInputError, UnknownNameError
from capture.printable import printable
from replay.document import Change
from replay.playbook import Compilation, Quality


@click.command(
    "compile",
    epilog=example(
        "replaybook compile release --name release-site",
        "replaybook compile RUN1 RUN2 --name release-site",
        "replaybook compile release --name release-site --verify",
    ),
)
@click.argument("runs", nargs=-1, required=True, metavar="RUN…", shell_complete=complete_run)
@click.option("--name", required=True, metavar="NAME", help="The playbook's name.")
@click.option("--keep", multiple=True, type=int, metavar="STEP", help="Keep a recorded step that would be dropped.")
@click.option("--drop", multiple=True, type=int, metavar="STEP", help="Leave a recorded step out.")
@click.option(
    "--env",
    multiple=True,
    metavar="NAME",
    help="Set a variable first that was exported before the recording (VIRTUAL_ENV: activate it); all: each one used.",
)
@click.option("--verify", is_flag=True, help="Do the work again at once in a shadow: what differs is noise.")
@click.option(
    "--cwd", metavar="DIR", help="With --verify: the workspace as it was before; default: taken back to that state."
)
@as_json
@pass_settings
def compile_command(  # noqa: PLR0913 - each is one option
    settings: Settings,
    *,
    runs: tuple[str, ...],
    name: str,
    keep: tuple[int, ...],
    drop: tuple[int, ...],
    env: tuple[str, ...],
    verify: bool,
    cwd: str | None,
    as_json: bool,
) -> int:
    """Compile one playbook from one or several runs of the same work."""
    if cwd is not None and not verify:
        raise click.UsageError("--cwd says where --verify does the work again; give both")
    core = settings.core()
    kept, dropped = frozenset(keep), frozenset(drop)
    if verify:
        compilation, found = core.compile_verified(
            runs, name=name, keep=kept, drop=dropped, env=env, cwd=cwd, progress=narrate
        )
    else:
        compilation, found = core.compile(runs, name=name, keep=kept, drop=dropped, env=env), None
    made = core.version(f"{compilation.playbook.name}@{compilation.playbook.version}")
    told = compile_document(compilation, digest=made.digest, status=made.status)
    emit(
        told if found is None else {**told, "verification": found},
        as_json=as_json,
        human=lambda: [*map(printable, found.lines() if found else ()), *_compiled(compilation, made)],
    )
    return Exit.DONE if found is None or found.passed else Exit.STOPPED


@click.command("playbooks", epilog=example("replaybook playbooks"))
@as_json
@pass_settings
def playbooks_command(settings: Settings, *, as_json: bool) -> None:
    """List the playbooks with their newest version, and how each has fared lately."""
    core = settings.core()
    found, fared = core.playbooks(), core.health()
    told = [(one, fared.get(one.name, Health())) for one in found]
    document = [{**msgspec.to_builtins(one), "health": health} for one, health in told]
    emit(document, as_json=as_json, human=lambda: _playbook_lines(told))


@click.command(
    "playbook",
    epilog=example(
        "replaybook playbook release-site",
        "replaybook playbook release-site@2",
        "replaybook playbook release-site@2 --edit",
        "replaybook playbook release-site --write release.yaml",
    ),
)
@click.argument("ref", metavar="NAME[@V]", shell_complete=complete_playbook)
@click.option("--versions", is_flag=True, help="List its versions: how each was made, and what it changed.")
@click.option("--edit", is_flag=True, help="Open it in $EDITOR; what holds is saved as the next draft.")
@click.option("--write", metavar="FILE", help="Save FILE (- for stdin) as the next draft, once it holds.")
@as_json
@pass_settings
def playbook_command(
    settings: Settings, *, ref: str, versions: bool, edit: bool, write: str | None, as_json: bool
) -> None:
    """Print a playbook's document, or write its next version: no version is changed in its place."""
    core = settings.core()
    if edit + versions + (write is not None) > 1:
        raise click.UsageError("--versions, --edit and --write go alone; run the command once for each")
    if versions:
        made_of = [(one, _changes_of(core, ref, one)) for one in core.lineage(ref)]
        listed = [{**msgspec.to_builtins(one), "changes": found} for one, found in made_of]
        emit(listed, as_json=as_json, human=lambda: _version_lines(made_of))
        return
    if edit or write is not None:
        from app.cli.writing import edited, saved  # noqa: PLC0415 - an editor and a schema, only where one writes

        base, made = edited(core, ref) if edit else saved(core, ref, write or "-")
        found_changes = core.changes(base, f"{made.playbook.name}@{made.playbook.version}")
        emit(
            {**_version_document(made), "base": base, "changes": found_changes},
            as_json=as_json,
            human=lambda: _written(base, made, found_changes),
        )
        return
    found = core.version(ref)
    lessons = core.lessons(ref)
    document = {**_version_document(found), "lessons": lessons}
    emit(document, as_json=as_json, human=lambda: [found.text.rstrip("\n")])
    for lesson in () if as_json else lessons:
        narrate(printable(f"! {lesson.words}"))
        narrate(printable(f"  {lesson.next}"))


@click.command(
    "diff",
    epilog=example("replaybook diff release-site@1 release-site@2", "replaybook diff release@1 release@2 --unified"),
)
@click.argument("before", metavar="NAME@V1", shell_complete=complete_playbook)
@click.argument("after", metavar="NAME@V2", shell_complete=complete_playbook)
@click.option("--unified", "-u", is_flag=True, help="The changed lines of the document instead of its steps.")
@as_json
@pass_settings
def diff_command(settings: Settings, *, before: str, after: str, unified: bool, as_json: bool) -> None:
    """Show what changed between two versions: steps added, removed, moved, changed, and in which field."""
    core = settings.core()
    text, found = core.diff(before, after), core.changes(before, after)
    emit(
        {"before": before, "after": after, "diff": text, "changes": found},
        as_json=as_json,
        human=lambda: [text.rstrip("\n")] if unified else [printable(change.line()) for change in found],
    )


@click.command("answer", epilog=example("replaybook answer release-site@1 q1 yes"))
@click.argument("ref", metavar="NAME@V", shell_complete=complete_playbook)
@click.argument("question")
@click.argument("reply", type=click.Choice(["yes", "no"]))
@as_json
@pass_settings
def answer_command(settings: Settings, *, ref: str, question: str, reply: str, as_json: bool) -> None:
    """Answer a question of the compiler; writes a new draft."""
    made = settings.core().answer(ref, question, yes=reply == "yes")
    emit(
        _version_document(made),
        as_json=as_json,
        human=lambda: [f"answered; {made.playbook.name}@{made.playbook.version} is a draft"],
    )


@click.command("update", epilog=example("replaybook update release-site --from RUN"))
@click.argument("ref", metavar="NAME[@V]", shell_complete=complete_playbook)
@click.option(
    "--from",
    "source",
    required=True,
    metavar="REPLAY|RUN",
    shell_complete=complete_run,
    help="A replay of it, or a run of the same work.",
)
@as_json
@pass_settings
def update_command(settings: Settings, *, ref: str, source: str, as_json: bool) -> None:
    """Write anew what a run no longer shows as expected; what still matches stays. Makes a new draft."""
    done = settings.core().update(ref, source)
    emit(_update_document(done), as_json=as_json, human=lambda: _updated(done))


@click.command("schema", epilog=example("replaybook schema > playbook.schema.json", "replaybook schema repair-answer"))
@click.argument(
    "what", type=click.Choice(["playbook", "repair-request", "repair-answer", "settings"]), default="playbook"
)
@as_json
@pass_settings
def schema_command(settings: Settings, *, what: str, as_json: bool) -> None:
    """Print the JSON Schema of playbook documents or settings, for editors; or of what sources get and answer."""
    del settings, as_json
    # Only this command needs them.
    from app.settings.writing import schema as settings_schema  # noqa: PLC0415
    from replay.document import json_schema  # noqa: PLC0415
    from replay.sources.answers import answer_schema  # noqa: PLC0415
    from replay.sources.asked import request_schema  # noqa: PLC0415

    made: dict[str, Callable[[], dict[str, Any]]] = {
        "playbook": json_schema,
        "repair-request": request_schema,
        "repair-answer": answer_schema,
        "settings": settings_schema,
    }
    emit(made[what](), as_json=True, human=list)


def _version_document(found: StoredVersion) -> Document:
    compilation = found.compilation
    return {
        "playbook": found.playbook.name,
        "version": found.playbook.version,
        "status": found.status,
        "digest": found.digest,
        "goal": found.playbook.goal,
        "document": found.text,
        "steps": found.playbook.steps,
        "parameters": parameters(found.playbook),
        "questions": compilation.questions if compilation else (),
        "dropped": compilation.dropped if compilation else (),
    }


def _written(base: str, made: StoredVersion, found: Sequence[Change]) -> list[str]:
    ref = f"{made.playbook.name}@{made.playbook.version}"
    lines = [f"  {printable(change.line())}" for change in found] or ["  its words changed, and nothing that it does"]
    return [f"{ref} is a draft, made of {base}", *lines, f"next: replaybook validate {ref}"]


def _changes_of(core: Core, ref: str, made: Descent) -> Sequence[Change]:
    """What a version changed; nothing of one that has none before it, or that can't be read."""
    if made.base is None or made.problem is not None:
        return ()
    name = core.text(ref)[0].partition("@")[0]
    try:
        return core.changes(f"{name}@{made.base}", f"{name}@{made.version}")
    except (BadInputError, UnknownNameError):
        # The one before it is gone, or can't be read.
        return ()


def _version_lines(found: Sequence[tuple[Descent, Sequence[Change]]]) -> list[str]:
    lines: list[str] = []
    for one, changes in found:
        lines.append(f"v{one.version}  {one.status}  {one.created_at[:16].replace('T', ' ')}  {one.how}")
        lines += [f"    {printable(change.line())}" for change in changes]
        lines += [f"    can't be read: {printable(one.problem)}"] if one.problem else []
    return lines


def _update_document(done: Update) -> Document:
    made = done.made
    return {
        "base": done.base,
        "playbook": made.playbook.name if made else done.base.rpartition("@")[0],
        "version": made.playbook.version if made else None,
        "digest": made.digest if made else None,
        "status": made.status if made else None,
        "changes": done.changes,
        "left": done.left,
        "diff": done.diff,
    }


def _updated(done: Update) -> list[str]:
    left = [f"  left as it is: {printable(reason)}" for reason in done.left]
    if done.made is None:
        return [f"{done.base}: nothing is written anew", *left]
    ref = f"{done.made.playbook.name}@{done.made.playbook.version}"
    changes = [f"  {printable(change)}" for change in done.changes]
    diff = [printable(line) for line in done.diff.rstrip("\n").split("\n")]
    return [f"{ref} is a draft, made of {done.base}", *changes, *left, *diff, f"next: replaybook validate {ref}"]


def _compiled(compilation: Compilation, made: StoredVersion) -> list[str]:
    playbook = compilation.playbook
    lines = [f"compiled {playbook.name}@{playbook.version}: {len(playbook.steps)} steps, {made.status}"]
    for index, step in enumerate(playbook.steps, 1):
        lines.append(f"  {index:>3} {printable(told_command(step.run))}")
        if step.safety_reason:
            lines.append(f"      {step.safety.replace('_', ' ')}: {printable(step.safety_reason)}")
    lines += [f"  dropped step {drop.source_step_index}: {drop.reason}" for drop in compilation.dropped]
    lines += [
        f"  {name} = {parameter.recorded} ({parameter.source})" for name, parameter in playbook.parameters.items()
    ]
    lines += [f"  question {one.id}: {printable(one.text)}" for one in compilation.questions]
    lines += [f"  note: {printable(note)}" for note in compilation.quality.notes]
    lines += _quality(compilation.quality)
    ref = f"{playbook.name}@{playbook.version}"
    return [*lines, f"next: replaybook replay {ref} --mode simulate, then replaybook validate {ref}"]


def _quality(quality: Quality) -> list[str]:
    parts = [(one.name, f"{one.score:.0%}", f"-{one.weight:.0%}", printable(one.why)) for one in quality.parts]
    shown = table(("part", "well", "at most", "why"), parts) if parts else []
    return [f"quality {quality.score:.0%}", *(f"  {line}" for line in shown)]


def _playbook_lines(found: Sequence[tuple[VersionSummary, Health]]) -> list[str]:
    if not found:
        return ["no playbooks yet; replaybook compile RUN --name NAME makes one"]
    header = ("PLAYBOOK", "VERSION", "STATUS", "ACTIVE", "STEPS", "PASSED", "GOAL")
    rows = [
        (
            one.name,
            str(one.version),
            one.status,
            str(one.active or "-"),
            str(one.steps),
            f"{health.passed} of {len(health.beats)}" if health.beats else "-",
            printable(one.goal or ""),
        )
        for one, health in found
    ]
    return [*table(header, rows), *(line for one, health in found for line in _to_know(one, health))]


def _to_know(one: VersionSummary, health: Health) -> Iterator[str]:
    """What speaks against a playbook, and what waits for a person."""
    for reason in against_it(one, health):
        yield f"! {one.name}: {printable(reason)}"
    if health.waiting:
        many = f"{health.waiting} repair{'s' if health.waiting > 1 else ''}"
        yield f"! {one.name}: {many} to review; replaybook repairs lists them"
