"""demo: the whole story on a throw-away home."""

import os
import sys

import click

from app.cli.shared import example, is_plain


@click.command("demo", epilog=example("replaybook demo", "replaybook demo < /dev/null | cat"))
@click.option("--json", "as_json", is_flag=True, help="Tell the story as one JSON document.")
def demo_command(*, as_json: bool) -> None:
    """Record a short real session in a throw-away home, let the world drift, and open the screen there.

    Without a terminal it tells the story to its end.
    """
    from app.demo import set_stage, tell_story  # noqa: PLC0415 - the rest of the command line needs none of it

    if as_json:
        import msgspec  # noqa: PLC0415 - as above

        lines: list[str] = []
        tell_story(lines.append)
        click.echo(msgspec.json.encode({"story": [line.split(None, 1) for line in lines]}))
    elif is_plain() and sys.stdin.isatty() and sys.stdout.isatty():
        from app.cli.main import COMMANDS, run  # noqa: PLC0415 - it imports this one
        from app.cli.plain.home import run_plain  # noqa: PLC0415 - only who listens needs it

        stage = set_stage(click.echo)
        os.chdir(stage.workspace)
        run_plain(stage.core, run, COMMANDS)
    elif sys.stdin.isatty() and sys.stdout.isatty():
        from app.tui import Start, run_tui  # noqa: PLC0415 - only the screen pays for Textual
        from replay.outcome import Mode  # noqa: PLC0415 - as above

        stage = set_stage(click.echo)
        run_tui(stage.core, start=Start(ref=stage.ref, cwd=str(stage.workspace), mode=Mode.GUIDED))
    else:
        tell_story(click.echo)
