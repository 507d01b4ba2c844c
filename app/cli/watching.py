"""check: would the playbooks still pass; for cron and CI."""

from collections.abc import Iterator
from pathlib import Path

import click

from app.cli.exits import Exit
from app.cli.progress import Progress
from app.cli.shared import Settings, as_json, complete_playbook, emit, example, is_plain, narrate, pass_settings, styled
from app.settings.values import Checking
from capture.errors import BadInputError
from capture.printable import printable
from replay.history.drift import Checked, Drift, Watch
from replay.history.junit import junit
from replay.spreading.assignment import LOCAL
from replay.spreading.processes import over
from replay.spreading.values import Over

SIGNS = {
    Drift.PASSED: "✓",
    Drift.UNKNOWN: "?",
    Drift.NOT_READY: "✗",
    Drift.REFUSED: "⊘",
    Drift.DIVERGED: "✗",
    Drift.SKIPPED: "-",
}
MOST_JOBS = 256
CODES = {Drift.DIVERGED: Exit.STOPPED, Drift.REFUSED: Exit.REFUSED}
"""What a playbook that doesn't pass makes of the exit code, the gravest first; the others: not ready."""
HELP = """Tell whether the active versions of playbooks would still pass: changes nothing, made for cron and CI.

Each is simulated where it was replayed last, else where it was recorded; with --shadow also replayed strictly in an
isolated copy. Playbooks without an active version are skipped, with the reason. Exit code 0: all pass; 3: one is not
ready, or unknown; 4: one diverged in its shadow; 6: one was refused.

\b
In a crontab, every morning, silent unless something drifted:
  0 6 * * *  replaybook check --all --quiet
\b
In a CI job (the report is what GitLab, Jenkins and GitHub's test reporters read):
  - run: replaybook check --all --shadow --cwd . --junit drift.xml
"""


@click.command(
    "check",
    help=HELP,
    epilog=example(
        "replaybook check release-site",
        "replaybook check --all --shadow --jobs 0",
        "replaybook check --all --allow-unknown --junit drift.xml",
        "replaybook check --all --cluster tcp://host:8786",
    ),
)
@click.argument("names", nargs=-1, metavar="[NAME]…", shell_complete=complete_playbook)
@click.option("--all", "everything", is_flag=True, help="Every playbook.")
@click.option("--shadow", is_flag=True, help="Also replay strictly in an isolated copy of the workspace.")
@click.option("--cwd", metavar="DIR", help="The workspace of all of them; default: each its own.")
@click.option("--allow-unknown", is_flag=True, help="Take unknown for ready.")
@click.option(
    "--jobs",
    "-j",
    type=click.IntRange(0, MOST_JOBS),
    metavar="N",
    help="Check with N processes at once; 0: one a core. Default: the setting check.jobs, else 1.",
)
@click.option(
    "--cluster",
    metavar="ADDRESS|local",
    help="Check on the workers of dask.distributed: of the scheduler there, or of one made here for this.",
)
@click.option("--junit", "report", metavar="FILE", help="Write a JUnit XML report there; - is stdout.")
@click.option("--quiet", "-q", is_flag=True, help="Say nothing of what passes.")
@as_json
@pass_settings
def check_command(  # noqa: PLR0913 - one argument an option
    settings: Settings,
    *,
    names: tuple[str, ...],
    everything: bool,
    shadow: bool,
    cwd: str | None,
    allow_unknown: bool,
    jobs: int | None,
    cluster: str | None,
    report: str | None,
    quiet: bool,
    as_json: bool,
) -> int:
    """See `HELP`."""
    if everything == bool(names):
        raise click.UsageError("name the playbooks to check, or give --all")
    if report == "-" and as_json:
        raise click.UsageError("--json and --junit - both want stdout; give --junit a file")
    if cwd is not None and not Path(cwd).is_dir():
        raise BadInputError(f"workspace {cwd} is not a directory; give another with --cwd")
    if cluster not in (None, LOCAL) and jobs is not None:
        raise click.UsageError("--jobs says how many processes this machine has; a cluster elsewhere has its own")
    core = settings.core()
    human = not as_json and report != "-"
    with Progress("checking", shown=human and not quiet and not is_plain()) as progress:

        def told(one: Checked) -> None:
            shown = human and not (quiet and one.passed and not one.wrong)
            progress.add(checked_lines(one) if shown else (), good=one.passed)

        found = core.check(
            names,
            shadow=shadow,
            cwd=cwd,
            allow_unknown=allow_unknown,
            over=_over(core.settings().settings.check, jobs, cluster),
            planned=progress.planned,
            told=told,
        )
    if report:
        _write(report, junit(found))
        if report != "-" and not quiet:
            narrate(f"wrote {report}")
    if report != "-":
        emit(found, as_json=as_json, human=lambda: [] if quiet and found.passed else [summary(found)])
    return exit_code(found)


def _over(own: Checking, jobs: int | None, cluster: str | None) -> Over:
    """What carries the checks out: what was said now, else what is set."""
    if cluster is not None:
        return over(jobs or 0, cluster)
    return over(own.jobs, own.cluster) if jobs is None else over(jobs, "")


def exit_code(found: Watch) -> Exit:
    """The gravest of all that doesn't pass."""
    failed = {one.found for one in found.playbooks if not one.passed}
    grave = next((code for drift, code in CODES.items() if drift in failed), Exit.NOT_READY)
    return grave if failed else Exit.DONE


def checked_lines(one: Checked) -> Iterator[str]:
    """One playbook for a person."""
    version = f"@{one.version}" if one.version else ""
    where = f"  in {one.workspace}" if one.workspace else ""
    sign = "" if is_plain() else f"{SIGNS[one.found]} "
    line = f"{sign}{one.playbook}{version}  {one.found.replace('_', ' ')}{where}"
    yield styled(printable(line), bold=not one.passed)
    if one.found is not Drift.PASSED:
        yield f"    {printable(one.reason)}"
    yield from (f"    ! {printable(wrong)}" for wrong in one.wrong)


def summary(found: Watch) -> str:
    """All of them in one line."""
    said = [f"{found.checked - found.failed} of {found.checked} pass"]
    said += [f"{found.skipped} skipped"] if found.skipped else []
    return ", ".join(said) if found.playbooks else "there is no playbook to check"


def _write(report: str, text: str) -> None:
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'
    if report == "-":
        click.echo(text, nl=False)
        return
    try:
        Path(report).write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInputError(f"{report} can't be written: {error.strerror}; give another file") from error
