"""Draws the pictures of the README: the real app, driven by keys, over a session that is recorded for real.

The README's table of keys is written as well, from the program's own table.

    python screenshots/make.py          writes the pictures
    python screenshots/make.py --check  says which no longer match; exit code 1 if any

What differs from machine to machine (paths, times, durations) is replaced where it leaves the core; nothing else is.
"""

import argparse
import asyncio
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
README = HERE.parent / "README.md"
sys.path.insert(0, str(HERE.parent))

from textual import events  # noqa: E402 - the path of the checkout comes first
from textual.keys import _character_to_key  # noqa: E402 - as above
from textual.pilot import Pilot  # noqa: E402 - as above
from textual.strip import Strip  # noqa: E402 - as above
from textual.widgets import Input  # noqa: E402 - as above

from app.actions import key_table  # noqa: E402 - as above
from app.book import Plan  # noqa: E402 - as above
from app.core import Core  # noqa: E402 - as above
from app.demo import Stage, set_stage  # noqa: E402 - as above
from app.tui import ReplaybookApp  # noqa: E402 - as above
from app.widgets.proposal import ProposalView  # noqa: E402 - as above
from app.widgets.steps import Mark, StepList  # noqa: E402 - as above
from capture.home import Home  # noqa: E402 - as above
from replay.outcome import Mode  # noqa: E402 - as above
from screenshots.film import SIZE as FILM_SIZE  # noqa: E402 - as above
from screenshots.film import film, strips  # noqa: E402 - as above
from screenshots.freezing import LOOKED_AT, FrozenCore  # noqa: E402 - as above

SIZE = (100, 30)
PATIENCE_S = 120.0
"""Nothing here takes long; a machine under load may."""
LASTING = frozenset({"replay", "player"})
"""Groups of workers that go on as long as what they show does."""
TYPED = (
    "ls --color=always",
    "cat notes/release-1.4.txt",
    "./build.sh notes/release-1.4.txt > /dev/null",
    "wc -l public/notes.html",
)
"""What is typed into the live shell: commands whose output is the same everywhere."""


class Photographer:
    """Drives the app and takes the pictures."""

    def __init__(self, app: ReplaybookApp, pilot: Pilot[None]) -> None:
        """Take none yet."""
        self.app, self.pilot = app, pilot
        self.pictures: dict[str, str] = {}

    async def until(self, true: Callable[[], object]) -> None:
        """Wait for the screen to come to something."""
        give_up = time.monotonic() + PATIENCE_S
        while not true():
            if time.monotonic() > give_up:
                said = "; ".join(note.message for note in self.app._notifications)  # noqa: SLF001 - as below
                raise SystemExit(f"{said}\nthe picture never came true; the screen is {self.app.screen}\n{self.text}")
            await self.pilot.pause(0.01)

    async def until_says(self, words: str) -> None:
        """Wait for words on the screen."""
        await self.until(lambda: words in self.text)

    def type(self, text: str) -> None:
        """Type, as fast as it is taken: what comes of it is to be waited for."""
        for letter in text:
            self.app.post_message(events.Key(_character_to_key(letter), letter))

    async def look_at(self, command: str) -> None:
        """Put the cursor on the step whose command begins so."""
        await self.until(lambda: self.app.screen.query("#steps"))
        steps = self.app.screen.query_one("#steps", StepList)
        await self.until(lambda: any(row.command.startswith(command) for row in steps.rows))
        steps.go_to(next(row.index for row in steps.rows if row.command.startswith(command)))

    @property
    def text(self) -> str:
        """What is on the screen, as characters."""
        strips = self.app.screen._compositor.render_strips()  # noqa: SLF001 - Textual offers no other view of it
        return "\n".join(strip.text for strip in strips)

    async def settle(self) -> None:
        """Wait until nothing is read any more and two looks see the same, without blinking and words in passing."""
        before: list[Strip] = []

        def still() -> bool:
            nonlocal before
            earlier, before = before, strips(self.app)
            self.app.clear_notifications()
            for field in self.app.screen.query(Input):
                field.cursor_blink, field._cursor_visible = False, True  # noqa: SLF001 - Textual offers no other way
            reading = any(worker.group not in LASTING and not worker.is_finished for worker in self.app.workers)
            return earlier == before and not reading

        await self.until(still)

    async def take(self, name: str) -> None:
        """Keep a picture once the screen has settled."""
        await self.settle()
        self.pictures[f"{name}.svg"] = stable(self.app.export_screenshot(title="replaybook"))


def stable(svg: str) -> str:
    """The same picture with ids that don't depend on its content."""
    return re.sub(r"terminal-\d+-", "replaybook-", svg) + "\n"


async def photograph(stage: Stage) -> dict[str, str]:
    """Every picture, by file name."""
    app = ReplaybookApp(
        FrozenCore(stage.core, stage.workspace.parent),
        now=lambda: LOOKED_AT,
    )
    async with app.run_test(size=SIZE) as pilot:
        photographer = Photographer(app, pilot)
        for scene in (_home, _playbook, _trace, _record, _replay, _review):
            await scene(photographer, stage)
            while len(app.screen_stack) > 1:
                await app.pop_screen()
    return photographer.pictures


async def filmed(place: Path) -> str:
    """The main job from the first start to promotion, as a picture that moves."""
    workspace, ticks = place / "fruit", [0.0]
    workspace.mkdir()
    (workspace / "fruit.txt").write_text("pears\napples\n", encoding="utf-8")

    def later(seconds: float) -> None:
        ticks[0] += seconds

    app = ReplaybookApp(
        FrozenCore(Core(Home(place / "filmed").prepare()), place),
        clock=lambda: ticks[0],
        now=lambda: LOOKED_AT,
        pressed=lambda _: ticks[0],
    )
    async with app.run_test(size=FILM_SIZE) as pilot:
        return await film(Photographer(app, pilot), later, workspace)


async def _home(photographer: Photographer, stage: Stage) -> None:
    stage.core.replay(stage.ref, mode=Mode.GUIDED, cwd=str(stage.workspace), draft=True)
    await photographer.pilot.press("f5")
    await photographer.until_says("1 waiting for your review")
    # The first list may have its focus after the words are there.
    await photographer.until(lambda: photographer.app.screen.focused)
    await photographer.take("home")


async def _playbook(photographer: Photographer, stage: Stage) -> None:
    photographer.app.open_playbook(stage.ref)
    await photographer.look_at("./build.sh")
    await photographer.until_says("needs")
    await photographer.take("playbook")


async def _trace(photographer: Photographer, stage: Stage) -> None:
    photographer.app.open_trace(stage.core.runs()[-1].run_id)
    await photographer.look_at("./build.sh")
    await photographer.until_says("paragraphs")
    await photographer.take("trace")


async def _record(photographer: Photographer, stage: Stage) -> None:
    os.chdir(stage.workspace)
    photographer.app.open_record()
    await photographer.until_says("● recording")
    await photographer.until_says("$ ")
    for number, command in enumerate(TYPED, 1):
        photographer.type(command)
        await photographer.pilot.press("enter")
        await photographer.until(partial(_ended, photographer, number))
    await photographer.until_says("public/notes.html")
    await photographer.until(lambda: photographer.text.count("$ ") > len(TYPED))
    await photographer.take("record")


def _ended(photographer: Photographer, number: int) -> bool:
    """Whether so many steps were recorded."""
    listed = photographer.app.screen.query_one("#steps", StepList).rows
    return sum(row.mark is Mark.SUCCESS for row in listed) >= number


async def _replay(photographer: Photographer, stage: Stage) -> None:
    photographer.app.open_replay(Plan(ref=stage.ref, cwd=str(stage.workspace), mode=Mode.GUIDED))
    await photographer.until_says("Stands before step 1")
    await photographer.look_at("./test.sh")
    await photographer.pilot.press("b", "c")
    await photographer.until_says("your decision")
    await photographer.take("replay")


async def _review(photographer: Photographer, stage: Stage) -> None:
    del stage
    photographer.app.open_inbox()
    await photographer.until_says("waiting")
    proposal = photographer.app.screen.query_one(ProposalView)
    await photographer.until(lambda: proposal.text)
    await photographer.take("review")


@contextmanager
def own_world() -> Iterator[Path]:
    """A home of its own, so that nobody's startup files are in the picture."""
    place = Path(tempfile.mkdtemp(prefix="replaybook-pictures-")).resolve()
    (place / ".bashrc").write_text("PS1='$ '\nLS_COLORS='di=01;34:ex=01;32'\nexport LS_COLORS\n", encoding="utf-8")
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    before, cwd = dict(os.environ), Path.cwd()
    os.environ.clear()
    os.environ.update(kept | {"HOME": str(place), "USER": "ada", "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"})
    os.environ.update({"TMPDIR": str(place), "GIT_CONFIG_NOSYSTEM": "1", "SHELL": "/bin/bash"})
    for who in ("AUTHOR", "COMMITTER"):
        os.environ[f"GIT_{who}_DATE"] = "2026-03-01T09:00:00Z"
    try:
        yield place
    finally:
        os.chdir(cwd)
        os.environ.clear()
        os.environ.update(before)
        shutil.rmtree(place, ignore_errors=True)


def main() -> int:
    """Write the pictures, or check them.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a picture no longer matches")
    parser.add_argument("--into", type=Path, default=HERE, help="where the pictures are")
    chosen = parser.parse_args()
    with own_world() as place:
        pictures = asyncio.run(photograph(set_stage(lambda _: None)))
        pictures["main-job.svg"] = asyncio.run(filmed(place))
    stale = [name for name, svg in pictures.items() if not _same(chosen.into / name, svg)]
    readme = README.read_text(encoding="utf-8")
    if with_keys(readme) != readme:
        stale.append(README.name)
    if not chosen.check:
        chosen.into.mkdir(parents=True, exist_ok=True)
        for name in pictures.keys() & set(stale):
            (chosen.into / name).write_text(pictures[name], encoding="utf-8")
        README.write_text(with_keys(readme), encoding="utf-8")
    print("\n".join(f"{'stale' if chosen.check else 'wrote'} {name}" for name in stale) or "every picture matches")
    return int(chosen.check and bool(stale))


def with_keys(readme: str) -> str:
    """The README with the table of keys as the program has it now."""
    begin, end = "<!-- keys: written by screenshots/make.py -->\n", "<!-- end of keys -->"
    before, beginning, rest = readme.partition(begin)
    _, ending, after = rest.partition(end)
    if not beginning or not ending:
        # Half of the document would be taken for the table.
        raise SystemExit(f"{README.name} lacks {end if beginning else begin.strip()}; put it back around the table")
    return f"{before}{begin}{key_table()}{end}{after}"


def _same(path: Path, svg: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == svg


if __name__ == "__main__":
    sys.exit(main())
