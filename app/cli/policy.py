"""policy: what replays may do and what they ask before it, where that is written, and what it says of a command."""

import os

import click

from app.cli.exits import Exit
from app.cli.shared import Settings, as_json, emit, example, pass_settings, table
from app.ruled import PolicyRules, policy_words
from capture.errors import BadInputError
from capture.printable import printable

FORMAT = """\b
Your policy is policy.toml in the home:
  deny = ["git push --force", "rm -r"]   # never, wherever it stands in a step
  allow = ["git", "make test", "cp"]     # only this; deny wins
  [levels]                               # run, ask, hand_over or refuse
  needs_confirm = "ask"
  [review]                               # what an approval of a repair must have
  require_second_person = true
  required_reviewers = ["ada"]           # each of them; or a number of people
  expires_after = "7d"                   # older proposals and approvals are stale
  [[where]]                              # for one workspace, or some playbooks
  workspace = "~/production"
  playbook = "release-*"
  deny = ["git push"]
  [promotion]                            # beside a fresh green validation
  min_level = "L2"                       # of the shadow
  max_changed_steps = 3                  # against the active version
  min_success = 0.9                      # of its last 5 replays (last = 5)
  max_risk = "medium"                    # of its repairs and changed steps
  max_age = "12h"                        # of the validation; else 1d
  override = false                       # no typed reason does instead
  [auto_promote]                         # by itself, right after a green one,
  max_risk = "low"                       # where all of this is met, too
A pattern is a command, options in any order, and first operands; * and ? stand
for anything in a word. Steps are judged on their syntax tree with their values
in: sh -c, env, xargs, sudo, find -exec, timeout, substitutions, functions and
aliases are seen through. What can't be told is refused under an allow list. A
script that a step runs is not looked into."""


@click.command(
    "policy",
    help="Show what replays may do and what they ask before it, or what that says of a command.\n\n" + FORMAT,
    epilog=example(
        "replaybook policy",
        "replaybook policy --edit",
        "replaybook policy --check 'git push --force origin main'",
        "replaybook policy --check deploy.sh --playbook release-site",
    ),
)
@click.option("--check", metavar="FILE|COMMAND", help="Judge a command or a script, or read a policy (*.toml).")
@click.option("--edit", is_flag=True, help="Open your own file in $EDITOR first.")
@click.option("--cwd", type=click.Path(exists=True, file_okay=False), default=".", help="The workspace, for --check.")
@click.option("--playbook", metavar="NAME", default="", help="The playbook, for --check.")
@as_json
@pass_settings
def policy_command(settings: Settings, *, check: str | None, edit: bool, cwd: str, playbook: str, as_json: bool) -> int:
    """Show the policy, or judge by it."""
    core = settings.core()
    if edit:
        from app.editor import edit as run_editor  # noqa: PLC0415 - a program is started only here

        problem = run_editor(core.policy_file(), os.environ)
        if problem:
            raise BadInputError(problem)
    asked = os.path.realpath(cwd)
    found = core.policy_rules() if check is None else core.policy_answer(check, cwd=asked, playbook=playbook)
    if isinstance(found, PolicyRules):
        emit(found, as_json=as_json, human=lambda: _rule_lines(found))
        return Exit.DONE
    emit(found, as_json=as_json, human=lambda: map(printable, policy_words(found)))
    return Exit.REFUSED if found.verdict == "denied" else Exit.DONE


def _rule_lines(rules: PolicyRules) -> list[str]:
    rows = [(rule.says, printable(rule.about), printable(rule.source)) for rule in rules.rules]
    lines = table(("SAYS", "OF", "FROM"), rows)
    if not rules.written:
        lines.append("no policy of your own; replaybook policy --edit writes one")
    return lines
