"""search: a text in all that was run and printed."""

from collections.abc import Iterator

import click

from app.cli.progress import progress_line
from app.cli.shared import Settings, as_json, complete_run, emit, example, narrate, pass_settings, styled
from app.found import Found, place_of
from capture.printable import printable


@click.command(
    "search",
    epilog=example(
        "replaybook search 'connection refused'",
        "replaybook search ENOENT release     # in one recording only",
        "replaybook search error --json | jq '.runs[].name'",
    ),
)
@click.argument("text")
@click.argument("run", required=False, shell_complete=complete_run)
@as_json
@pass_settings
def search_command(settings: Settings, *, text: str, run: str | None, as_json: bool) -> None:
    """Find a text in the commands and outputs of all recordings, newest first, or of one.

    Without a capital letter in it, capitals don't matter. Of a step that printed very much, only what its trace keeps
    is searched: the beginning and the end. What was read once is not read again unless it may hold the text.
    """
    with progress_line() as progress:
        found = settings.core().search(text, run, progress=progress)
    emit(found, as_json=as_json, human=lambda: _lines(found))
    narrate(found.words)


def _lines(found: Found) -> Iterator[str]:
    for one in found.runs:
        yield styled(f"{printable(one.name)}  {one.run_id}", bold=True)
        for hit in one.hits:
            place = place_of(hit)
            yield f"  {f'step {hit.step_index}':>9}  {place:>9}  {printable(hit.text)}"
        if not one.complete:
            yield f"  … and more; replaybook search TEXT {one.run_id} tells up to 10,000"
