"""What is said of a job that has ended, and where what came of it is to be seen: one line for each fact."""

from textual.message import Message

from app.sharing_told import counted
from app.workers.facts import Compiled, Exported, Fitted, MarkdownImported, RunImported, ValidationEnded
from app.workers.jobs import Ending
from app.workers.seeing import LibrarySearched
from app.workers.sharing import RunFetched, RunsPushed, VersionsFetched, VersionsPublished
from app.workers.source_facts import AskedForAnother, SourceTried
from app.workers.telling import CatalogRebuilt, CheckEnded, Dispatched, RunMade, ToolsListed
from replay.playbook import Compilation

NOTHING = Ending(good=True, said="")


def ending_of(fact: Message) -> Ending:  # noqa: C901, PLR0911, PLR0912 - one case a fact
    """The line and the way for what a job came to; nothing for facts that need no telling.

    Args:
        fact: What a worker told.
    """
    match fact:
        case Compiled(compilation=made) | MarkdownImported(compilation=made):
            ref = _ref(made)
            return Ending(good=True, said=f"✓ {ref} is a draft", opens=lambda book: book.open_playbook(ref))
        case Fitted():
            ref = fact.made or fact.ref
            said = f"{'✓' if fact.good else '!'} {fact.said[0]}"
            return Ending(good=fact.good, said=said, opens=lambda book: book.open_playbook(ref))
        case ValidationEnded():
            return Ending(good=fact.good, said=fact.said, opens=lambda book: book.open_playbook(fact.ref))
        case CheckEnded(watch=found):
            said = (
                f"✓ all {found.checked} pass" if found.passed else f"✗ {found.failed} of {found.checked} would not pass"
            )
            return Ending(good=found.passed, said=said, opens=lambda book: book.open_check(found))
        case RunImported(run=run):
            return Ending(good=True, said=f"✓ {run.name} is imported", opens=lambda book: book.open_trace(run.run_id))
        case RunMade(run=run):
            steps = f"{fact.steps} step{'' if fact.steps == 1 else 's'}"
            said = f"! only {steps} in {run.name}" if fact.short else f"✓ {run.name} is recorded: {steps}"
            return Ending(good=not fact.short, said=said, opens=lambda book: book.open_trace(run.run_id))
        case Exported(path=path):
            return Ending(good=True, said=f"✓ wrote {path}")
        case CatalogRebuilt():
            return Ending(good=True, said="✓ the catalog is made again", opens=lambda book: book.open_doctor())
        case Dispatched(dispatch=found) if found.replay is not None:
            ref = found.replay
            return Ending(good=True, said=f"✓ {ref} is ready", opens=lambda book: book.open_playbook(ref))
        case Dispatched(dispatch=found):
            return Ending(good=False, said=f"? {found.message}", opens=lambda book: book.open_seeking())
        case ToolsListed(asked=asked) if asked:
            silent = [one.name for one in fact.sections if one.problem]
            said = f"! no answer from {', '.join(silent)}" if silent else f"✓ {asked} told what there is"
            return Ending(good=not silent, said=said, opens=lambda book: book.open_tools())
        case SourceTried(tried=tried):
            said = (
                f"✓ {tried.source} answered" if tried.answered else f"! {tried.source} gave no answer that can be used"
            )
            return Ending(good=tried.answered, said=said, opens=lambda book: book.open_sources())
        case AskedForAnother(again=again):
            came = len(again.repairs)
            said = f"✓ {came} more to review" if came else "! no other proposal came"
            return Ending(good=bool(came), said=said, opens=lambda book: book.open_inbox())
        case VersionsFetched(done=done):
            left = f", {len(done.left_out)} left out" if done.left_out else ""
            said = f"{'!' if left else '✓'} {counted(len(done.versions), 'new draft')}{left}"
            if not done.versions:
                return Ending(good=not left, said=said)
            first = f"{done.versions[0].playbook}@{done.versions[0].version}"
            return Ending(good=not left, said=said, opens=lambda book: book.open_playbook(first))
        case VersionsPublished(done=done):
            return Ending(good=True, said=f"✓ {sum(one.new for one in done.versions)} published")
        case RunsPushed(lines=lines):
            return Ending(good=True, said=f"✓ {counted(len(lines), 'recording')} pushed")
        case RunFetched(run_id=run_id):
            return Ending(good=True, said=f"✓ {fact.said}", opens=lambda book: book.open_trace(run_id))
        case LibrarySearched():
            return Ending(good=True, said=f"✓ {fact.said}")
        case _:
            return NOTHING


def _ref(made: Compilation) -> str:
    return f"{made.playbook.name}@{made.playbook.version}"
