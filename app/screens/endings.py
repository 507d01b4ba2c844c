"""What is said of a job that has ended, and where what came of it is to be seen: one function for each fact."""

from functools import singledispatch

from textual.message import Message

from app.amounts import counted
from app.workers.facts import Compiled, Exported, Fitted, MarkdownImported, RunImported, ValidationEnded
from app.workers.jobs import Ending
from app.workers.seeing import LibrarySearched
from app.workers.sharing import RunFetched, RunsPushed, VersionsFetched, VersionsPublished
from app.workers.source_facts import AskedForAnother, SourceTried
from app.workers.telling import CatalogRebuilt, CheckEnded, Dispatched, RunMade, ToolsListed

NOTHING = Ending(good=True, said="")


@singledispatch
def ending_of(_: Message) -> Ending:
    """The line and the way for what a job came to; nothing for facts that need no telling.

    Args:
        _: What a worker told.
    """
    return NOTHING


@ending_of.register
def _(fact: Compiled | MarkdownImported) -> Ending:
    ref = f"{fact.compilation.playbook.name}@{fact.compilation.playbook.version}"
    return Ending(good=True, said=f"✓ {ref} is a draft", opens=lambda book: book.open_playbook(ref))


@ending_of.register
def _(fact: Fitted) -> Ending:
    said = f"{'✓' if fact.good else '!'} {fact.said[0]}"
    return Ending(good=fact.good, said=said, opens=lambda book: book.open_playbook(fact.made or fact.ref))


@ending_of.register
def _(fact: ValidationEnded) -> Ending:
    return Ending(good=fact.good, said=fact.said, opens=lambda book: book.open_playbook(fact.ref))


@ending_of.register
def _(fact: CheckEnded) -> Ending:
    found = fact.watch
    said = f"✓ all {found.checked} pass" if found.passed else f"✗ {found.failed} of {found.checked} would not pass"
    return Ending(good=found.passed, said=said, opens=lambda book: book.open_check(found))


@ending_of.register
def _(fact: RunImported) -> Ending:
    run = fact.run
    return Ending(good=True, said=f"✓ {run.name} is imported", opens=lambda book: book.open_trace(run.run_id))


@ending_of.register
def _(fact: RunMade) -> Ending:
    run, steps = fact.run, counted(fact.steps, "step")
    said = f"! only {steps} in {run.name}" if fact.short else f"✓ {run.name} is recorded: {steps}"
    return Ending(good=not fact.short, said=said, opens=lambda book: book.open_trace(run.run_id))


@ending_of.register
def _(fact: Exported) -> Ending:
    return Ending(good=True, said=f"✓ wrote {fact.path}")


@ending_of.register
def _(_: CatalogRebuilt) -> Ending:
    return Ending(good=True, said="✓ the catalog is made again", opens=lambda book: book.open_doctor())


@ending_of.register
def _(fact: Dispatched) -> Ending:
    found = fact.dispatch
    if (ref := found.replay) is None:
        return Ending(good=False, said=f"? {found.message}", opens=lambda book: book.open_seeking())
    return Ending(good=True, said=f"✓ {ref} is ready", opens=lambda book: book.open_playbook(ref))


@ending_of.register
def _(fact: ToolsListed) -> Ending:
    if not fact.asked:
        return NOTHING
    silent = [one.name for one in fact.sections if one.problem]
    said = f"! no answer from {', '.join(silent)}" if silent else f"✓ {fact.asked} told what there is"
    return Ending(good=not silent, said=said, opens=lambda book: book.open_tools())


@ending_of.register
def _(fact: SourceTried) -> Ending:
    tried = fact.tried
    said = f"✓ {tried.source} answered" if tried.answered else f"! {tried.source} gave no answer that can be used"
    return Ending(good=tried.answered, said=said, opens=lambda book: book.open_sources())


@ending_of.register
def _(fact: AskedForAnother) -> Ending:
    came = len(fact.again.repairs)
    said = f"✓ {came} more to review" if came else "! no other proposal came"
    return Ending(good=bool(came), said=said, opens=lambda book: book.open_inbox())


@ending_of.register
def _(fact: VersionsFetched) -> Ending:
    made, left_out = fact.done.versions, len(fact.done.left_out)
    left = f", {left_out} left out" if left_out else ""
    said = f"{'!' if left else '✓'} {counted(len(made), 'new draft')}{left}"
    if not made:
        return Ending(good=not left, said=said)
    first = f"{made[0].playbook}@{made[0].version}"
    return Ending(good=not left, said=said, opens=lambda book: book.open_playbook(first))


@ending_of.register
def _(fact: VersionsPublished) -> Ending:
    return Ending(good=True, said=f"✓ {sum(one.new for one in fact.done.versions)} published")


@ending_of.register
def _(fact: RunsPushed) -> Ending:
    return Ending(good=True, said=f"✓ {counted(len(fact.lines), 'recording')} pushed")


@ending_of.register
def _(fact: RunFetched) -> Ending:
    return Ending(good=True, said=f"✓ {fact.said}", opens=lambda book: book.open_trace(fact.run_id))


@ending_of.register
def _(fact: LibrarySearched) -> Ending:
    return Ending(good=True, said=f"✓ {fact.said}")
