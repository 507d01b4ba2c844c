"""settings: how the program looks and which keys do what; shown, changed, checked, edited."""

import os
from collections.abc import Iterable
from pathlib import Path

import click

from app.actions import ACTIONS
from app.cli.shared import Settings, as_json, emit, example, pass_settings, table
from app.keymap import Keys
from app.keys import shown
from app.settings.values import KEYS, SETTINGS, InForce, in_words, value_of
from capture.errors import BadInputError, UnknownNameError
from replay.own_files import unknown

BUILT_IN = "built in"


@click.command(
    "settings",
    epilog=example(
        "replaybook settings",
        "replaybook settings theme high-contrast",
        "replaybook settings keys",
        "replaybook settings keys.inbox f2",
        "replaybook settings --unset keys.inbox",
        "replaybook settings --schema > settings.schema.json",
    ),
)
@click.argument("name", required=False)
@click.argument("value", required=False)
@click.option("--unset", metavar="NAME", help="Take one out of the file: as built in.")
@click.option("--edit", is_flag=True, help="Open the file in $EDITOR.")
@click.option("--check", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Read another file.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of the file, for editors.")
@as_json
@pass_settings
def settings_command(  # noqa: PLR0913 - one an option
    settings: Settings,
    *,
    name: str | None,
    value: str | None,
    unset: str | None,
    edit: bool,
    check: Path | None,
    schema: bool,
    as_json: bool,
) -> None:
    """Show how the program is set, or change it: NAME alone shows one, NAME VALUE sets it.

    Settings are kept in settings.toml in the home, which is yours to write: comments in it stay. A screen that is open
    follows a change at once.
    """
    wanted = [name is not None, unset is not None, edit, check is not None, schema]
    if sum(wanted) > 1:
        raise click.UsageError("give NAME [VALUE], or one of --unset, --edit, --check and --schema")
    if schema:
        from app.settings.writing import schema as made  # noqa: PLC0415 - only this needs it

        emit(made(), as_json=True, human=list)
        return
    core = settings.core(team=False)
    if check is not None:
        core.check_settings(check)
        emit({"file": str(check), "ok": True}, as_json=as_json, human=lambda: [f"{check}: nothing is wrong in it"])
        return
    if edit:
        from app.editor import edit as run_editor  # noqa: PLC0415 - a program is started only here

        problem = run_editor(core.settings_file(), os.environ)
        if problem:
            raise BadInputError(problem)
    changed = value is not None or unset is not None
    found = core.change_setting(unset or name or "", value) if changed else core.settings()
    rows = _rows(found, unset or name)
    emit(
        {"file": found.file, "written": found.written, "settings": rows},
        as_json=as_json,
        human=lambda: _lines(found, rows, one=(unset or name) not in (None, KEYS)),
    )


def _rows(found: InForce, wanted: str | None) -> list[dict[str, object]]:
    """Those that are wanted, a document each."""
    rows: list[dict[str, object]] = []
    for one in SETTINGS.values():
        value = value_of(found.settings, one.name)
        rows.append({"name": one.name, "value": value, "built_in": one.default, "about": one.about})
    keys = Keys(found.settings.keys)
    for action in ACTIONS:
        value, name = keys.of(action.id).split(","), f"{KEYS}.{action.id}"
        rows.append({"name": name, "value": value, "built_in": action.key.split(","), "about": action.tooltip})
    for row in rows:
        row["where"] = found.where.get(str(row["name"]))
    if wanted is None:
        return rows
    chosen = [row for row in rows if row["name"] == wanted or (wanted == KEYS and str(row["name"]).startswith("keys."))]
    if not chosen:
        names = [str(row["name"]) for row in rows]
        raise UnknownNameError(f"{str(unknown(wanted, names)).replace('key', 'setting', 1)[:300]}")
    return chosen


def _lines(found: InForce, rows: list[dict[str, object]], *, one: bool) -> Iterable[str]:
    if one:
        return [_value(rows[0])]
    own = [row for row in rows if not str(row["name"]).startswith(f"{KEYS}.") or row["where"]] or rows
    listed = rows if len(rows) < len(ACTIONS) + len(SETTINGS) else own
    lines = table(
        ("NAME", "VALUE", "FROM", "ABOUT"),
        [(str(row["name"]), _value(row), str(row["where"] or BUILT_IN), str(row["about"])) for row in listed],
    )
    if not found.written:
        lines.append("no settings of your own; replaybook settings NAME VALUE sets one, --edit opens a file with all")
    return [*lines, *([] if listed is rows else ["keys: replaybook settings keys lists them"])]


def _value(row: dict[str, object]) -> str:
    value = row["value"]
    return shown(",".join(value)) if isinstance(value, list) else in_words(value)
