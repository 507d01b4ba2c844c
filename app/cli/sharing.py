"""publish and fetch: playbooks through a git repository that people review like code."""

import sys

import click

from app.cli.shared import Settings, as_json, complete_playbook, emit, example, pass_settings
from app.sharing_told import fetched_lines, published_lines

HELP_PUBLISH = """Put versions into a git repository that others review and fetch from; a signature lies beside each.

Without REF it is every active version that is not there yet. A version leaves as its document alone: how it was
compiled, its recordings and its replays stay in this home. One that holds a secret does not leave, and nothing that is
there is ever changed: where its number is taken, a version gets the next one.

The key is --key, else the setting sharing.key, else the one that git signs with. The repository is remembered; --branch
names another branch than its own, for a pull request.
"""
HELP_FETCH = """Take the versions that a git repository holds and this home does not, each as the next draft.

What is here stays as it is: of two people's version 4, the one that comes gets the next number, and its versions tab
says where it came from. A draft that somebody has signed whom allowed_signers (in the home, the setting
sharing.allowed_signers, or what git was told) names can be promoted as any other; one that is unsigned, or signed
wrongly, only with --override.

Nothing of the repository is executed or checked out: hooks, filters, links and submodules in it mean nothing here.
"""


@click.command(
    "publish",
    help=HELP_PUBLISH,
    epilog=example(
        "replaybook publish --to git@example.org:ops/playbooks.git",
        "replaybook publish release-site@4 --branch review/release-site-4",
        "replaybook publish --here --key ~/.ssh/id_ed25519",
    ),
)
@click.argument("refs", nargs=-1, metavar="[NAME[@V]]…", shell_complete=complete_playbook)
@click.option("--to", metavar="URL", help="The repository: a path, or an address of https or ssh.")
@click.option("--here", "--init", is_flag=True, help="Only into this home's own repository, for others to fetch from.")
@click.option("--branch", metavar="B", help="Of the repository; default: the one that it calls its own.")
@click.option("--key", metavar="FILE", help="The SSH key that signs; a public one where ssh-agent holds the other.")
@click.option("--unsigned", is_flag=True, help="Sign nothing: nobody can promote it without an override.")
@as_json
@pass_settings
def publish_command(  # noqa: PLR0913 - one argument an option
    settings: Settings,
    *,
    refs: tuple[str, ...],
    to: str | None,
    here: bool,
    branch: str | None,
    key: str | None,
    unsigned: bool,
    as_json: bool,
) -> None:
    """See `HELP_PUBLISH`."""
    if here and to:
        raise click.BadParameter("--here publishes to no other repository; leave out --here or --to")
    if unsigned and key:
        raise click.BadParameter("--unsigned signs nothing; leave out --unsigned or --key")
    done = settings.core().publish(
        refs, to=to, here=here, branch=branch, key=key, unsigned=unsigned, interactive=_asks(as_json=as_json)
    )
    emit(done, as_json=as_json, human=lambda: published_lines(done))


@click.command(
    "fetch",
    help=HELP_FETCH,
    epilog=example(
        "replaybook fetch git@example.org:ops/playbooks.git",
        "replaybook fetch --name release-site",
        "replaybook fetch --branch review/release-site-4 --name release-site@4",
    ),
)
@click.argument("url", required=False, metavar="[URL]")
@click.option("--name", "names", multiple=True, metavar="NAME[@V]", help="Only that, as it is called there.")
@click.option("--here", is_flag=True, help="What others have pushed into this home's own repository.")
@click.option("--branch", metavar="B", help="Of the repository; default: the one that it calls its own.")
@as_json
@pass_settings
def fetch_command(
    settings: Settings, *, url: str | None, names: tuple[str, ...], here: bool, branch: str | None, as_json: bool
) -> None:
    """See `HELP_FETCH`."""
    if here and url:
        raise click.BadParameter("--here asks no other repository; leave out --here or the URL")
    done = settings.core().fetch(names, source=url, here=here, branch=branch, interactive=_asks(as_json=as_json))
    emit(done, as_json=as_json, human=lambda: fetched_lines(done))


def _asks(*, as_json: bool) -> bool:
    """Whether git and ssh may ask on this terminal."""
    return sys.stdin.isatty() and not as_json
