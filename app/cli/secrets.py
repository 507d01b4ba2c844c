"""secrets: what is masked in recordings, where each rule comes from, and what it would mask."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from app.cli.shared import Settings, as_json, emit, example, narrate, pass_settings, table
from capture.errors import BadInputError
from capture.printable import printable
from capture.secrets.redaction import Masking, Redactor
from capture.secrets.redaction_rules import RuleSet

FORMAT = """\b
Your own rules go into secrets.toml in the home, in the format of gitleaks:
  [[rules]]
  id = "badge"                  # stands in the mask; one that exists is replaced
  regex = '''BADGE-([0-9]{6})'''  # RE2; the first group is the secret
  keywords = ["badge-"]         # a line without these isn't searched
  secretGroup = 1               # optional, as is entropy = 3.0
  [[allow]]
  regexes = ['''^EXAMPLE''']     # what is no secret, whatever the rule
  stopwords = ["dummy"]
  [variables]
  names = ["MY_PIN", "ACME_.*"] # variables whose value is secret
At its top, disabled = ["generic-api-key"] switches rules off."""


@click.command(
    "secrets",
    help="List the rules by which secrets are masked, or show what they would mask.\n\n" + FORMAT,
    epilog=example(
        "replaybook secrets",
        "replaybook secrets --edit",
        "replaybook secrets --test deploy.log",
        "env | replaybook secrets --test -",
    ),
)
@click.option("--test", "file", type=click.Path(dir_okay=False, allow_dash=True), metavar="FILE|-", help="Mask FILE.")
@click.option("--edit", is_flag=True, help="Open your own file in $EDITOR first.")
@as_json
@pass_settings
def secrets_command(settings: Settings, *, file: str | None, edit: bool, as_json: bool) -> None:
    """List the rules in force, or show what they would mask."""
    core = settings.core()
    if edit:
        from app.editor import edit as run_editor  # noqa: PLC0415 - a program is started only here

        problem = run_editor(core.secrets_file(), os.environ)
        if problem:
            raise BadInputError(problem)
    rules = core.secret_rules()
    if file is None:
        emit(_rules_document(rules), as_json=as_json, human=lambda: _rule_lines(rules))
        return
    text, maskings = Redactor(rules).text(_read(file))
    document = {"text": text, "maskings": [{"rule": one.rule, "where": one.where} for one in maskings]}
    emit(document, as_json=as_json, human=lambda: _masked_lines(text, maskings))


def _read(file: str) -> str:
    if file == "-":
        return sys.stdin.buffer.read().decode(errors="replace")
    try:
        return Path(file).read_bytes().decode(errors="replace")
    except OSError as error:
        raise BadInputError(f"{file} can't be read: {error.strerror}; give another file, or - for stdin") from error


def _rules_document(rules: RuleSet) -> dict[str, Any]:
    return {
        "rules": [
            {"id": rule.id, "source": rule.source, "description": rule.description, "regex": rule.regex}
            for rule in rules.rules
        ],
        "variables": list(rules.variables),
        "disabled": sorted(rules.disabled),
    }


def _rule_lines(rules: RuleSet) -> list[str]:
    rows = [(rule.id, rule.source, printable(rule.description)) for rule in rules.rules]
    return table(("RULE", "FROM", "MASKS"), sorted(rows, key=lambda row: (row[1] == "gitleaks", row[1], row[0])))


def _masked_lines(text: str, maskings: Sequence[Masking]) -> list[str]:
    for told in [f"{one.where}: {one.rule}" for one in maskings] or ["nothing would be masked"]:
        narrate(told)
    return [printable(line) for line in text.splitlines()]
