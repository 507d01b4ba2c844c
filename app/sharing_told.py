"""What publishing and fetching came to, for a person: the same lines on both front ends."""

from collections.abc import Iterator

from app.amounts import counted, size_words
from capture.printable import printable
from replay.sharing.store.values import FetchedRun, Pushed
from replay.sharing.values import Fetched, FetchedVersion, Published, PublishedVersion, Standing

SHORT = 10
"""Digits of a commit that are shown."""


def published_lines(done: Published) -> Iterator[str]:
    """A line for each version, and where they are now."""
    new = [one for one in done.versions if one.new]
    for one in new:
        yield printable(_published(one))
    where = printable(f"{done.target or 'the repository of this home'}, branch {done.branch}")
    if not done.versions:
        yield "nothing to publish: no version is active; name one, as NAME@V"
    elif not new:
        yield f"nothing to publish: {len(done.versions)} there already ({where})"
    else:
        yield f"published to {where}, commit {(done.commit or '')[:SHORT]}"


def fetched_lines(done: Fetched) -> Iterator[str]:
    """A line for each version that came, and what was left out."""
    for one in done.versions:
        yield printable(_fetched(one))
    for one in done.signed:
        yield printable(f"{one.playbook}@{one.version} has a signature now: {one.signature.words}")
    for left in done.left_out:
        yield printable(f"left out: {left.what}: {left.why}")
    where = printable(f"{done.source}, branch {done.branch}")
    if done.commit is None:
        yield f"{where} holds nothing yet"
    else:
        yield f"{counted(len(done.versions), 'new draft')} from {where}; {done.known} known already"


def _published(one: PublishedVersion) -> str:
    named = "" if one.theirs == one.version else f" as {one.playbook}@{one.theirs}, for its number is taken there"
    return f"{one.playbook}@{one.version}{named}: {f'signed with {one.key}' if one.key else 'not signed'}"


def _fetched(one: FetchedVersion) -> str:
    ref = f"{one.playbook}@{one.version}"
    named = "" if one.theirs == one.version else f" ({one.playbook}@{one.theirs} there)"
    wants = "" if one.signature.standing is Standing.SIGNED else "; only an override promotes it"
    return f"{ref}{named} is a draft: {one.signature.words}{wants}"


def run_pushed_line(one: Pushed) -> str:
    """What pushing a run came to."""
    sent = f"{one.sent} of {counted(one.objects, 'object')} sent ({size_words(one.sent_bytes)})"
    masked = f", {counted(one.masked, 'secret')} masked" if one.masked else ""
    left = f", {counted(one.left_out, 'content')} left out" if one.left_out else ""
    signed = f", signed with {one.key}" if one.key else ""
    return f"{one.run_id} is in {one.store}: {sent if one.sent else 'all of it was there'}{masked}{left}{signed}"


def run_fetched_line(one: FetchedRun) -> str:
    """What fetching a run came to."""
    if not one.new:
        return f"{one.run_id} is here already"
    came = f"{one.run_id} came from {one.store}: {counted(one.objects, 'object')}, {one.received} of them new here"
    return f"{came}; {one.signature.words}" if one.signature else came
