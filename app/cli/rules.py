"""rules: what proposes repairs on this machine, and what became of the proposals."""

import click

from app.cli.shared import Settings, as_json, emit, example, pass_settings, table
from app.repair_rules import RepairRules

FORMAT = """\b
Your own are tables, rules/*.toml in the home; each [[rule]] says when and what:
  [[rule]]
  name = "data-moved-to-store"
  class = "missing-file"            # a failure class, or a list of them
  tool = "loader"                   # the command it is about
  output = 'no set (?P<set>\\w+)'    # what it must have printed
  word = '--set=(?P<was>.+)'        # words to replace, as a whole ...
  with = "--from-store {was}"       # ... by this, groups quoted
  why = "Sets are in the store since May: {set} is one."
Instead of word and with: before = "mkdir -p {dir}", a step before it, or
env = {NAME = "value"}. Also: subject (a pattern), needs (commands that must be
here), confidence (to 0.8; below 0.5 never chosen), risk (low, medium, high).
A package adds rules by entry points of the group replaybook.rules: objects
with name, matches(evidence) and propose(evidence, files). Whatever they
propose is judged by the same gate as all else, and applied by you alone."""


@click.command(
    "rules",
    help="List the rules that propose repairs: where each comes from, what it is for, how often you took it.\n\n"
    + FORMAT,
    epilog=example("replaybook rules", "replaybook rules --json"),
)
@as_json
@pass_settings
def rules_command(settings: Settings, *, as_json: bool) -> None:
    """List them."""
    found = settings.core().repair_rules()
    emit(found, as_json=as_json, human=lambda: _lines(found))


def _lines(found: RepairRules) -> list[str]:
    rows = [
        (one.name, one.source, str(one.approved or ""), str(one.rejected or ""), one.recognises) for one in found.rules
    ]
    listed = table(("RULE", "FROM", "YES", "NO", "FOR"), rows)
    skipped = [f"skipped: {each}" for each in found.broken]
    return [*listed, *skipped, f"your own tables: {found.folder}/*.toml"]
