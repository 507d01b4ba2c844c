"""secrets: what is masked in recordings, where each rule comes from, and what it would mask."""

import os
import sys
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from app.cli.shared import Settings, as_json, emit, example, narrate, pass_settings, table
from app.secrecy import Masked, rule_list
from capture.errors import BadInputError
from capture.printable import printable
from capture.secrets.redaction_rules import RuleSet

if TYPE_CHECKING:
    from app.core import Core
    from app.core.replays import SecretStanding

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

WANTED = """

\b
Secrets that a playbook wants are taken from the environment, as
REPLAYBOOK_SECRET_NAME, then from the keyring (pip install
'replaybook[keyring]'), then you are asked. --wanted tells the names."""


@click.command(
    "secrets",
    help="List the rules by which secrets are masked, or show what they would mask; keep those that playbooks want."
    "\n\n" + FORMAT + WANTED,
    epilog=example(
        "replaybook secrets",
        "replaybook secrets --edit",
        "replaybook secrets --test deploy.log",
        "env | replaybook secrets --test -",
        "replaybook secrets --wanted release-site",
        "replaybook secrets --store release-site/PASSWORD",
    ),
)
@click.option("--test", "file", type=click.Path(dir_okay=False, allow_dash=True), metavar="FILE|-", help="Mask FILE.")
@click.option("--edit", is_flag=True, help="Open your own file in $EDITOR first.")
@click.option("--wanted", metavar="NAME[@V]", help="List the secrets that a playbook wants, and where each comes from.")
@click.option("--store", metavar="NAME/SECRET", help="Ask for a secret, or read it from stdin, into the keyring.")
@click.option("--forget", metavar="NAME/SECRET", help="Take a secret out of the keyring.")
@as_json
@pass_settings
def secrets_command(  # noqa: PLR0913 - one argument an option
    settings: Settings,
    *,
    file: str | None,
    edit: bool,
    wanted: str | None,
    store: str | None,
    forget: str | None,
    as_json: bool,
) -> None:
    """List the rules in force, or show what they would mask; keep secrets that playbooks want."""
    core = settings.core()
    if store is not None or forget is not None:
        _kept(core, store, forget, as_json=as_json)
        return
    if wanted is not None:
        standing = core.secrets_wanted(wanted)
        emit(standing, as_json=as_json, human=lambda: _wanted_lines(standing))
        return
    if edit:
        from app.editor import edit as run_editor  # noqa: PLC0415 - a program is started only here

        problem = run_editor(core.secrets_file(), os.environ)
        if problem:
            raise BadInputError(problem)
    if file is None:
        rules = core.secret_rules()
        emit(_rules_document(rules), as_json=as_json, human=lambda: _rule_lines(rules))
        return
    masked = core.masked_text(_stdin()) if file == "-" else core.masked_file(file)
    emit(masked, as_json=as_json, human=lambda: _masked_lines(masked))


def _kept(core: "Core", store: str | None, forget: str | None, *, as_json: bool) -> None:
    """Put a secret into the keyring, or take it out."""
    if store is not None and forget is not None:
        raise BadInputError("--store and --forget don't go together; leave one of them out")
    if store is not None:
        core.store_secret(store, partial(typed_secret, store))
        emit({"entry": store, "kept": True}, as_json=as_json, human=lambda: [f"{store} is in the keyring"])
    elif forget is not None:
        was = core.forget_secret(forget)
        told = f"{forget} is out of the keyring" if was else f"there was no {forget} in the keyring"
        emit({"entry": forget, "kept": False}, as_json=as_json, human=lambda: [told])


def typed_secret(called: str) -> str:
    """A secret, typed unseen or from stdin; never from an argument, which other processes can see."""
    if sys.stdin.isatty():
        return str(click.prompt(f"{called} (hidden)", hide_input=True, err=True))
    given = sys.stdin.readline().rstrip("\n")
    if not given:
        raise BadInputError(f"nothing came on stdin for {called}; type it in a terminal, or pipe it")
    return given


def _wanted_lines(standing: "Sequence[SecretStanding]") -> list[str]:
    rows = [(one.name, printable(one.question), one.source or f"asked; or set {one.variable}") for one in standing]
    return table(("SECRET", "FOR", "COMES FROM"), rows) if rows else ["it wants no secret"]


def _stdin() -> str:
    return sys.stdin.buffer.read().decode(errors="replace")


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
    rows = [(name, source, printable(masks)) for name, source, masks in rule_list(rules)]
    return table(("RULE", "FROM", "MASKS"), rows)


def _masked_lines(masked: Masked) -> list[str]:
    for told in [f"{one.where}: {one.rule}" for one in masked.maskings] or ["nothing would be masked"]:
        narrate(told)
    return [printable(line) for line in masked.text.splitlines()]
