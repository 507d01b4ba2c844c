"""ignore: which paths are never told as effects, by which rule, and how that is changed."""

import os

import click

from app.cli.shared import Settings, as_json, emit, example, pass_settings, table
from app.ruled import IgnoreRules, ignore_words, listed_ignores
from capture.errors import BadInputError
from capture.printable import printable


@click.command(
    "ignore",
    epilog=example(
        "replaybook ignore",
        "replaybook ignore --check build/app.o",
        "replaybook ignore --add '*.o' --remove .DS_Store",
        "replaybook ignore --edit",
    ),
)
@click.option("--check", metavar="PATH", help="Say which rule takes PATH; a slash at its end makes it a directory.")
@click.option("--add", multiple=True, metavar="PATTERN", help="Put a pattern at the end of your own file.")
@click.option("--remove", multiple=True, metavar="PATTERN", help="Take a pattern out of it.")
@click.option("--edit", is_flag=True, help="Open your own file in $EDITOR.")
@click.option("--cwd", type=click.Path(exists=True, file_okay=False), default=".", help="The workspace, for --check.")
@as_json
@pass_settings
def ignore_command(  # noqa: PLR0913 - one argument an option
    settings: Settings,
    *,
    check: str | None,
    add: tuple[str, ...],
    remove: tuple[str, ...],
    edit: bool,
    cwd: str,
    as_json: bool,
) -> None:
    """List the rules of what is never told as an effect, and where each comes from."""
    core = settings.core()
    if edit:
        from app.editor import edit as run_editor  # noqa: PLC0415 - a program is started only here

        problem = run_editor(core.ignore_file(), os.environ)
        if problem:
            raise BadInputError(problem)
    rules = core.change_ignored(add=add, remove=remove) if add or remove else core.ignore_rules()
    if check is None:
        emit(rules, as_json=as_json, human=lambda: _rule_lines(rules))
    else:
        verdict = core.ignore_verdict(check, cwd=os.path.realpath(cwd))
        emit(verdict, as_json=as_json, human=lambda: [printable(ignore_words(verdict))])


def _rule_lines(rules: IgnoreRules) -> list[str]:
    rows = [(printable(pattern), printable(source)) for pattern, source in listed_ignores(rules)]
    hint = "" if rules.written else "; replaybook ignore --edit writes a file of your own"
    return [*table(("PATTERN", "FROM"), rows), f"{len(rules.rules)} patterns, the last one that matches wins{hint}"]
