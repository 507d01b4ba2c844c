"""team: who is in it, whom a role of its server signs as, and how many must say yes."""

import click

from app.cli.shared import Settings, as_json, emit, example, pass_settings
from app.teaming import FORMS, told, wish
from capture.errors import BadInputError


@click.command(
    "team",
    help="Tell who is in the team, admit and dismiss, and ask for the yes of others.\n\n" + FORMS,
    epilog=example(
        "replaybook team",
        "replaybook team admit ada --as 'Ada Lovelace'",
        "replaybook team admit grace --as Grace --admin",
        "replaybook team dismiss ada",
        "replaybook team require promotion 1",
    ),
)
@click.argument("words", nargs=-1, metavar="[who|admit ROLE|dismiss ROLE|require RULE N]")
@click.option("--as", "person", metavar="PERSON", help="The name that the role signs with from now on.")
@click.option("--admin", is_flag=True, help="They may admit others and change the rules.")
@as_json
@pass_settings
def team_command(settings: Settings, *, words: tuple[str, ...], person: str | None, admin: bool, as_json: bool) -> None:
    """Tell who is in the team, or change that."""
    options = (*(("--as", person) if person is not None else ()), *(("--admin",) if admin else ()))
    wanted = wish((*words, *options))
    if isinstance(wanted, str):
        raise BadInputError(wanted)
    found = wanted(settings.core())
    emit(found, as_json=as_json, human=lambda: told(found))
