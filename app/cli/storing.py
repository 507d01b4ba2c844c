"""store: recordings in an object store that a team shares."""

import sys
from collections.abc import Iterator, Sequence

import click

from app.amounts import counted, size_words
from app.cli.shared import Settings, as_json, complete_run, emit, example, narrate, pass_settings, table
from app.sharing_told import run_fetched_line, run_pushed_line
from capture.printable import printable
from replay.sharing.store.values import StoredRun

HELP = """Keep recordings in an object store: push closed ones, list what it holds, fetch what is not here.

\b
The store is --store, else the setting sharing.store:
  /srv/recordings                a folder
  s3://BUCKET/PREFIX             AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL and so on as everywhere
  gs://BUCKET/PREFIX, az://CONTAINER/PREFIX
\b
A run is looked through for secrets by the rules of now and leaves masked; contents
that hold one stay here, and a run whose secret can't be masked is refused. Each
object is named by its hash: what is there is not sent again, a push or fetch that
was cut goes on where it was, and what came is held against its hash. With --sign it
is signed, and fetch says by whom, by the same allowed_signers as of versions; what is
signed wrongly is refused.
With the setting, show and the screen fetch a run by its id when they need it."""

ACTIONS = ("list", "push", "fetch")


@click.command(
    "store",
    help=HELP,
    epilog=example(
        "replaybook store push 20260301-093000-ab12 --store s3://team-runs/ops",
        "replaybook store push 20260301-093000-ab12 --key ~/.ssh/id_ed25519",
        "replaybook store list",
        "replaybook store fetch 20260301-093000-ab12",
    ),
)
@click.argument("action", type=click.Choice(ACTIONS), default="list")
@click.argument("runs", nargs=-1, metavar="[RUN]…", shell_complete=complete_run)
@click.option("--store", "url", metavar="URL", help="A folder, or an address of S3, Google Cloud Storage or Azure.")
@click.option("--sign", is_flag=True, help="Push: sign what leaves, so that whoever fetches it knows whose it is.")
@click.option("--key", metavar="FILE", help="The SSH key that signs; default: the setting sharing.key, or git's.")
@as_json
@pass_settings
def store_command(  # noqa: PLR0913 - one argument an option
    settings: Settings,
    *,
    action: str,
    runs: tuple[str, ...],
    url: str | None,
    sign: bool,
    key: str | None,
    as_json: bool,
) -> None:
    """See `HELP`."""
    if (sign or key) and action != "push":
        raise click.BadParameter(f"{action} signs nothing; leave out --sign and --key")
    if action == "list":
        if runs:
            raise click.BadParameter("list names all runs; leave out RUN")
        found = settings.core().stored_runs(store=url)
        emit(found, as_json=as_json, human=lambda: _listed(found))
        return
    if not runs:
        raise click.BadParameter(f"{action} wants a run; replaybook {'runs' if action == 'push' else 'store list'}")
    core = settings.core()
    if action == "push":
        asks = sys.stdin.isatty() and not as_json
        pushed = core.push_runs(
            runs, store=url, sign=sign or key is not None, key=key, interactive=asks, progress=narrate
        )
        emit(pushed, as_json=as_json, human=lambda: [printable(run_pushed_line(one)) for one in pushed])
    else:
        fetched = core.fetch_runs(runs, store=url, progress=narrate)
        emit(fetched, as_json=as_json, human=lambda: [printable(run_fetched_line(one)) for one in fetched])


def _listed(found: Sequence[StoredRun]) -> Iterator[str]:
    if not found:
        yield "the store holds no recording yet"
        return
    yield from table(("RUN", "NAME", "STATUS", "STEPS", "SIZE", "SIGNED", "HERE"), [_cells(one) for one in found])
    yield counted(len(found), "recording")


def _cells(one: StoredRun) -> tuple[str, ...]:
    yes_no = ("yes" if told else "no" for told in (one.signed, one.here))
    return tuple(map(printable, (one.run_id, one.name, one.status, str(one.steps), size_words(one.size), *yes_no)))
