"""What this machine offers, and what to do about what it doesn't."""

import os
import shutil
import subprocess
import time
from collections import Counter
from enum import StrEnum
from importlib.util import find_spec

import msgspec

from capture.errors import BadInputError, ReplaybookError
from capture.files.ignore import DEFAULT_IGNORES, Ignore, read_patterns
from capture.home import Home
from capture.hooks.hearing import LOG, troubles
from capture.printable import printable
from capture.secrets.rules import load_rules, packaged
from capture.shells import RECORDED
from capture.shells.versions import too_old
from capture.tape import text_index
from capture.tape.reader import is_recording, load_run, run_ids
from replay.governance.freezing import frozen
from replay.governance.policy_file import load_policy
from replay.library.catalog import TinyCatalog
from replay.library.records import replay_records
from replay.library.rows import ReplayRow
from replay.repairs.collecting import BUILT_IN, collect
from replay.shadow import ISOLATIONS, Level, limits, strongest, why_not
from replay.sources.settings import load_settings
from replay.tools.settings import INSTALL, SERVERS, load_tools


class State(StrEnum):
    """How a part of the machine stands."""

    OK = "ok"
    MISSING = "missing"
    DEGRADED = "degraded"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at."""

    name: str
    state: State
    detail: str
    advice: str = ""


def findings(home: Home) -> tuple[Finding, ...]:
    """Look at shells, shadow, clock, terminal and store; changes nothing.

    Args:
        home: Whose store.

    Returns:
        One finding a part.
    """
    return (
        *(_shell(name) for name in RECORDED),
        _git(),
        _shadow(),
        _clock(),
        _terminal(),
        _store(home),
        _search(home),
        _ignored(home),
        _secrets(home),
        _policy(home),
        _rules(home),
        _sources(home),
        *_tools(home),
        *_hooks(home),
        *_frozen(home),
    )


def _shell(name: str) -> Finding:
    path = shutil.which(name)
    if path is None:
        return Finding(name=name, state=State.MISSING, detail="not on PATH", advice=f"install {name} to record in it")
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout.splitlines()
    if (reason := too_old(name, os.environ)) is not None:
        return Finding(name=name, state=State.DEGRADED, detail=told[0], advice=reason.partition("; ")[2])
    return Finding(name=name, state=State.OK, detail=told[0] if told else path)


def _git() -> Finding:
    path = shutil.which("git")
    if path is None:
        return Finding(
            name="git", state=State.MISSING, detail="not on PATH", advice="renames in history can't be found without it"
        )
    return Finding(name="git", state=State.OK, detail=path)


def _shadow() -> Finding:
    try:
        allowed = limits()
    except BadInputError as error:
        return Finding(name="shadow", state=State.DEGRADED, detail="its limits can't be read", advice=str(error))
    level = strongest()
    stronger = [isolation.level for isolation in ISOLATIONS if isolation.level > level]
    advice = "; ".join(f"no {other}: {why_not(other)}" for other in stronger)
    if level is Level.L0:
        return Finding(name="shadow", state=State.MISSING, detail="L0: no isolation", advice=advice)
    used = f"{allowed.memory >> 20} MiB of memory, {allowed.disk >> 20} MiB written, {allowed.processes} processes"
    state = State.DEGRADED if level is Level.L1 else State.OK
    return Finding(name="shadow", state=state, detail=f"{level}; at most {used}", advice=advice)


def _clock() -> Finding:
    resolution = time.get_clock_info("time").resolution
    return Finding(name="clock", state=State.OK, detail=f"resolution {resolution * 1e9:.0f} ns")


def _terminal() -> Finding:
    term = os.environ.get("TERM", "")
    if term in ("", "dumb"):
        return Finding(
            name="terminal",
            state=State.DEGRADED,
            detail=term or "none",
            advice="the screen wants a real terminal; on this one replaybook asks on lines (--plain)",
        )
    colours = "truecolor" if os.environ.get("COLORTERM") in ("truecolor", "24bit") else "palette"
    return Finding(name="terminal", state=State.OK, detail=f"{term}, {colours}")


def _ignored(home: Home) -> Finding:
    own = read_patterns(home)
    count = len(Ignore(DEFAULT_IGNORES if own is None else own).rules)
    where = "built in" if own is None else str(home.ignore)
    advice = "replaybook ignore lists them; replaybook ignore --edit, or i on this screen, changes them"
    return Finding(name="ignored", state=State.OK, detail=f"{count} patterns of paths, {where}", advice=advice)


def _secrets(home: Home) -> Finding:
    """What is masked: how many rules from where, and whether the user's own file can be read."""
    opens = "s on this screen, or replaybook secrets --edit, opens it"
    try:
        rules = load_rules(home)
    except BadInputError as error:
        advice = f"nothing is recorded until it is right; {opens}"
        return Finding(name="secrets", state=State.DEGRADED, detail=str(error), advice=advice)
    counts = Counter(rule.source for rule in rules.rules)
    own = counts.pop(str(home.secrets), 0)
    told = [f"{count} rules of {source}" for source, count in counts.items()]
    told += [f"{own} of your own in {home.secrets}" if home.secrets.exists() else "none of your own"]
    told += [f"{len(rules.variables)} patterns of variables"]
    off = rules.disabled - packaged().disabled
    told += [f"{len(off)} switched off by you"] if off else []
    advice = "replaybook secrets lists them; s on this screen, or replaybook secrets --edit, writes your own"
    return Finding(name="secrets", state=State.OK, detail=", ".join(told), advice=advice)


def _policy(home: Home) -> Finding:
    """What the user's own policy says, and whether it can be read."""
    opens = "p on this screen, or replaybook policy --edit, opens it"
    try:
        sections = load_policy(home).sections
    except BadInputError as error:
        advice = f"nothing is replayed until it is right; {opens}"
        return Finding(name="policy", state=State.DEGRADED, detail=str(error), advice=advice)
    if not home.policy.exists():
        return Finding(name="policy", state=State.OK, detail="none of your own: playbooks decide", advice=opens)
    allowed = [rule for section in sections for rule in section.allow or ()]
    denied = [rule for section in sections for rule in section.deny]
    lists = f"{len(denied)} patterns denied"
    lists += f", {len(allowed)} allowed and nothing else" if any(one.allow is not None for one in sections) else ""
    return Finding(name="policy", state=State.OK, detail=f"{lists}, in {home.policy}", advice=opens)


def _sources(home: Home) -> Finding:
    """Which sources of repairs outside of this machine are on."""
    opens = "o on this screen, or replaybook sources, shows, allows and tries them"
    try:
        on = load_settings(home).on
    except BadInputError as error:
        advice = "no guided replay begins until it is right; replaybook sources --edit opens it"
        return Finding(name="sources", state=State.DEGRADED, detail=str(error), advice=advice)
    if not on:
        told = "all off: repairs come from rules alone, and nothing leaves this machine"
        return Finding(name="sources", state=State.OK, detail=told, advice=opens)
    told = ", ".join(f"{one.name} at {one.post_url}" for one in on)
    return Finding(name="sources", state=State.OK, detail=f"on: {told}", advice=opens)


def _rules(home: Home) -> Finding:
    """Who proposes repairs, and which of the user's own rules can't be used."""
    found = collect(home)
    own = [one for one in found.known if not one.source.startswith(BUILT_IN)]
    told = f"{len(found.known) - len(own)} that come with the program, {len(own)} of your own"
    if found.broken:
        detail = f"{told}; {len(found.broken)} skipped: {found.broken[0]}"
        return Finding(name="rules", state=State.DEGRADED, detail=detail, advice="replaybook rules tells all of them")
    advice = f"replaybook rules, or r on this screen, lists them; yours are {home.rules}/*.toml"
    return Finding(name="rules", state=State.OK, detail=told, advice=advice)


def _tools(home: Home) -> tuple[Finding, ...]:
    """Only where there are settings of what carries tool steps out."""
    try:
        sections = load_tools(home).sections
    except BadInputError as error:
        told = "what carries tool steps out can't be read"
        return (Finding(name="tools", state=State.DEGRADED, detail=told, advice=str(error)),)
    if not sections:
        return ()
    servers = [name for name, one in sections.items() if one.carrier in SERVERS]
    if servers and find_spec("mcp") is None:
        told = f"{', '.join(map(printable, servers))} can't be called"
        return (Finding(name="tools", state=State.MISSING, detail=told, advice=INSTALL),)
    return (Finding(name="tools", state=State.OK, detail=f"{', '.join(map(printable, sections))} in {home.tools}"),)


def _hooks(home: Home) -> tuple[Finding, ...]:
    """Only where agents' hooks have told something."""
    if not home.hooks.is_dir():
        return ()
    wrong = troubles(home)
    if not wrong:
        return (Finding(name="hooks", state=State.OK, detail="all that agents' hooks told was taken"),)
    detail = f"{len(wrong)} of what agents' hooks told could not be taken, the last: {printable(wrong[-1])}"
    advice = f"import the session's own file (replaybook import claude FILE), then delete {home.hooks / LOG}"
    return (Finding(name="hooks", state=State.DEGRADED, detail=detail, advice=advice),)


def _frozen(home: Home) -> tuple[Finding, ...]:
    """Only while no replay may run."""
    found = frozen(home)
    if found is None:
        return ()
    advice = "replaybook freeze --lift, or F on any screen, lets them run again"
    return (Finding(name="replays", state=State.DEGRADED, detail=found.words, advice=advice),)


def _store(home: Home) -> Finding:
    try:
        # A home that has a team has no catalog of its own.
        own = home.catalog.exists()
        replays = len(TinyCatalog(home.catalog).find(ReplayRow) if own else replay_records(home).ids())
    except ReplaybookError as error:
        return Finding(name="store", state=State.DEGRADED, detail=str(error), advice="rebuild it from the files")
    torn = [run_id for run_id in run_ids(home) if not _can_be_read(home, run_id)]
    if torn:
        detail = f"{len(torn)} of its runs can't be read, a crash cut them off at their beginning: {torn[0]}"
        return Finding(name="store", state=State.DEGRADED, detail=detail, advice=f"replaybook rm {torn[0]}")
    return Finding(name="store", state=State.OK, detail=f"{home.path}, {replays} replays")


def _search(home: Home) -> Finding:
    """What a search needs not read again."""
    found = text_index.standing(home)
    if found is None:
        told = "no index yet" if not (home.path / text_index.FILE).exists() else "its index can't be read"
        return Finding(name="search", state=State.OK, detail=f"{told}: the next search reads all recordings")
    runs, size = found
    return Finding(name="search", state=State.OK, detail=f"{runs:,} recordings in its index, {size / 2**20:.1f} MiB")


def _can_be_read(home: Home, run_id: str) -> bool:
    try:
        load_run(home, run_id)
    except ReplaybookError:
        # One that is being begun right now has no head yet.
        return is_recording(home, run_id)
    return True
