"""sources: the HTTP service and the model that may propose repairs, what they are sent, and who said yes to that."""

import os
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import click

from app.cli.asking import AtTerminal, asking_lines, is_there
from app.cli.exits import Exit
from app.cli.replaying import usage_lines
from app.cli.secrets import typed_secret
from app.cli.shared import Settings, as_json, emit, example, pass_settings, table
from app.outside import SourceStanding, Tried
from capture.errors import BadInputError
from capture.printable import printable
from replay.sources.settings import SourceName

if TYPE_CHECKING:
    from app.core import Core

FORMAT = """\b
Both are off until sources.toml in the home switches them on:
  [http]                                  # a service of your own
  url = "https://repairs.example.org/propose"
  [model]                                 # any OpenAI-compatible server
  url = "http://localhost:11434/v1"
  model = "qwen2.5-coder"
Keys come from the variable that `key` names, else from the keyring (store).
A guided replay asks them where no rule's proposal stands out. Nothing is sent
before you saw it and said yes: at a terminal or on the screen when it comes up,
else beforehand by allow, for this address and the form of what is sent.
What they answer is data: held against a schema, judged by the gate more
strictly than a rule's, never preselected, applied by you alone."""

ACTIONS = ("list", "show", "allow", "withdraw", "test", "store", "forget")


@click.command(
    "sources",
    help="List the sources of repairs outside of this machine, show what they are sent, allow, test.\n\n" + FORMAT,
    epilog=example(
        "replaybook sources",
        "replaybook sources --edit",
        "replaybook sources show model",
        "replaybook sources allow model",
        "replaybook sources test model",
        "replaybook sources withdraw model",
        "replaybook sources store model < key",
    ),
)
@click.argument("action", type=click.Choice(ACTIONS), default="list")
@click.argument("source", required=False, type=click.Choice([name.value for name in SourceName]))
@click.option("--edit", is_flag=True, help="Open your own file in $EDITOR first.")
@as_json
@pass_settings
def sources_command(settings: Settings, *, action: str, source: str | None, edit: bool, as_json: bool) -> int:
    """List the sources, or do something with one."""
    core = settings.core()
    if edit:
        from app.editor import edit as run_editor  # noqa: PLC0415 - a program is started only here

        problem = run_editor(core.sources_file(), os.environ)
        if problem:
            raise BadInputError(problem)
    if action == "list":
        found = [one for one in core.sources() if source in (None, one.source)]
        emit(found, as_json=as_json, human=lambda: _standing_lines(found))
        return Exit.DONE
    if source is None:
        raise BadInputError(f"{action} wants a source: replaybook sources {action} http, or model")
    return _DO[action](core, source, as_json)


def _show(core: "Core", source: str, as_json: bool) -> int:  # noqa: FBT001 - one of a table
    asking = core.source_request(source)
    allows = f"next: replaybook sources allow {source}"
    emit(asking, as_json=as_json, human=lambda: [*asking_lines(asking), allows])
    return Exit.DONE


def _allow(core: "Core", source: str, as_json: bool) -> int:  # noqa: FBT001 - one of a table
    standing = core.allow_source(source)
    emit(standing, as_json=as_json, human=lambda: _standing_lines([standing]))
    return Exit.DONE


def _withdraw(core: "Core", source: str, as_json: bool) -> int:  # noqa: FBT001 - one of a table
    standing = core.withdraw_source(source)
    emit(standing, as_json=as_json, human=lambda: _standing_lines([standing]))
    return Exit.DONE


def _test(core: "Core", source: str, as_json: bool) -> int:  # noqa: FBT001 - one of a table
    tried = core.try_source(source, director=AtTerminal() if is_there() else None)
    emit(tried, as_json=as_json, human=lambda: tried_lines(tried))
    return Exit.DONE if tried.answered else Exit.REFUSED


def _store(core: "Core", source: str, as_json: bool) -> int:  # noqa: FBT001 - one of a table
    core.store_source_key(source, partial(typed_secret, f"the key of {source}"))
    emit({"source": source, "kept": True}, as_json=as_json, human=lambda: [f"the key of {source} is in the keyring"])
    return Exit.DONE


def _forget(core: "Core", source: str, as_json: bool) -> int:  # noqa: FBT001 - one of a table
    was = core.forget_source_key(source)
    told = f"the key of {source} is out of the keyring" if was else f"there was no key of {source} in the keyring"
    emit({"source": source, "kept": False}, as_json=as_json, human=lambda: [told])
    return Exit.DONE


_DO: dict[str, Callable[["Core", str, bool], int]] = {
    "show": _show,
    "allow": _allow,
    "withdraw": _withdraw,
    "test": _test,
    "store": _store,
    "forget": _forget,
}


def _standing_lines(found: list[SourceStanding]) -> list[str]:
    rows = [
        (one.source, one.state, printable(one.url or "-"), printable(one.model or "-"), printable(one.key or "none"))
        for one in found
    ]
    lines = table(("SOURCE", "STATE", "ADDRESS", "MODEL", "KEY"), rows)
    lines += [f"{one.source}: {printable(one.problem)}" for one in found if one.problem]
    if all(one.state == "off" for one in found):
        lines.append("nothing leaves this machine; replaybook sources --edit switches one on")
    return lines + [_next(one.source) for one in found if one.state == "not allowed"]


def tried_lines(tried: Tried) -> list[str]:
    """What came of asking a source about a made-up failure."""
    lines = [f"{tried.source}: {'answered' if tried.answered else 'no answer that can be used'}"]
    for candidate in tried.candidates:
        lines.append(f"  {candidate.confidence:.0%} sure: {printable(candidate.rationale)}")
        lines += [f"    {entry.op} step {entry.step_index}: {printable(str(entry.value))}" for entry in candidate.patch]
    lines += [f"  {printable(note)}" for note in tried.notes]
    return lines + usage_lines(tried.usage)


def _next(source: str) -> str:
    return f"next: replaybook sources show {source}, then replaybook sources allow {source}"
