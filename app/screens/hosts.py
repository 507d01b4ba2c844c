"""What is said of a fleet and of each of its hosts, row by row (pure)."""

from collections.abc import Sequence
from datetime import datetime

from app.amounts import counted
from app.keymap import Keys
from app.moments import ago
from app.widgets.prose import Piece, Row, Tone, piece, row, rows
from app.widgets.recorded import lasted
from replay.fleet.model import Fleet, HostStanding, HostState

SIGNS = {
    HostState.WAITING: Piece("·", Tone.DIM),
    HostState.CONNECTING: Piece("…", Tone.HEAD),
    HostState.RUNNING: Piece("▸", Tone.HEAD),
    HostState.PASSED: Piece("✓", Tone.GOOD),
    HostState.FAILED: Piece("✗", Tone.BAD),
    HostState.DIVERGED: Piece("≠", Tone.BAD),
    HostState.REFUSED: Piece("⊘", Tone.BAD),
    HostState.UNREACHABLE: Piece("!", Tone.BAD),
    HostState.TIMEOUT: Piece("!", Tone.BAD),
    HostState.UNKNOWN: Piece("?", Tone.WARN),
    HostState.SKIPPED: Piece("-", Tone.DIM),
    HostState.STOPPED: Piece("-", Tone.DIM),
}
WORST_FIRST = (
    HostState.UNKNOWN,
    HostState.FAILED,
    HostState.DIVERGED,
    HostState.REFUSED,
    HostState.TIMEOUT,
    HostState.UNREACHABLE,
    HostState.STOPPED,
    HostState.SKIPPED,
    HostState.RUNNING,
    HostState.CONNECTING,
    HostState.WAITING,
    HostState.PASSED,
)
"""In which order hosts are told of."""
MEANINGS = {
    HostState.PASSED: "Every step was as recorded.",
    HostState.UNREACHABLE: "No step is in doubt; {resume-fleet} tries it again.",
    HostState.UNKNOWN: "It waits for you and never runs again by itself: look at the host, then {settle} says whether "
    "that step happened.",
    HostState.SKIPPED: "It was never tried: too many before it had failed; {resume-fleet} goes on with it.",
    HostState.STOPPED: "Somebody stopped the fleet before it was done; {resume-fleet} goes on with it.",
}
"""What a state means for the person, beside its reason."""


def host_cells(one: HostStanding, now: datetime) -> list[Piece]:
    """Mark, name, state, step, how long, why.

    Args:
        one: The host.
        now: The date and time.
    """
    return [
        SIGNS[one.state],
        piece(one.name, Tone.STRONG),
        piece(one.state, SIGNS[one.state].tone),
        piece(f"{one.step}/{one.steps}" if one.steps else ""),
        piece(taken(one, now)),
        piece(one.reason, Tone.DIM if one.state is HostState.PASSED else Tone.PLAIN),
    ]


def taken(one: HostStanding, now: datetime) -> str:
    """How long a host took, or takes so far; empty for one that was never begun."""
    if one.duration_ms is not None:
        return lasted(one.duration_ms)
    if not one.started_at or one.state.final:
        return ""
    return lasted(max((now - datetime.fromisoformat(one.started_at)).total_seconds(), 0) * 1_000)


def host_rows(one: HostStanding, keys: Keys, now: datetime, *, looked: bool = False) -> list[Row]:
    """What is known of the host under the cursor, but for its replay.

    Args:
        one: The host.
        keys: As a person has them.
        now: The date and time.
        looked: Whether it was only looked at, and no step was to run.
    """
    sign = SIGNS[one.state]
    step = f"step {one.step} of {one.steps}" if one.step else ""
    about = " · ".join(filter(None, (step, taken(one, now), f"wave {one.wave}", _reached(one))))
    shown: list[Row] = [(Piece(f"{sign.text} ", sign.tone), piece(f"{one.state}  ", sign.tone), piece(about, Tone.DIM))]
    shown += rows(one.reason)
    shown += [row(f"$ {one.doing}")] if one.doing else []
    if one.settled:
        shown.append(row(keys.told("{resume-fleet} goes on with it."), Tone.DIM))
    elif looked and one.state is HostState.PASSED:
        shown.append(row("It is ready; no step ran.", Tone.DIM))
    elif one.state in MEANINGS:
        shown.append(row(keys.told(MEANINGS[one.state]), Tone.DIM))
    values = ", ".join(f"{name}={value}" for name, value in one.target.values.items())
    return [*shown, *([(piece("with ", Tone.DIM), piece(values))] if values else [])]


def _reached(one: HostStanding) -> str:
    """What `ssh` is given, where it is not the name."""
    port = f":{one.target.port}" if one.target.port else ""
    return f"{one.target.destination}{port}" if port or one.target.destination != one.name else ""


def tally(fleet: Fleet) -> str:
    """How many hosts stand how, the worst first: `1 unknown, 2 failed, 9 passed`."""
    counts = ((fleet.count(state), state) for state in WORST_FIRST)
    return ", ".join(f"{number} {state}" for number, state in counts if number)


def fleet_piece(fleet: Fleet, *, going: bool) -> Piece:
    """How a fleet stands, with a sign.

    Args:
        fleet: It.
        going: Whether somebody works at it.
    """
    if going:
        return piece(f"▸ {tally(fleet)}", Tone.HEAD)
    if fleet.resumed_as is not None:
        return piece(f"→ resumed as {fleet.resumed_as}", Tone.DIM)
    if fleet.passed:
        return piece(f"✓ all {len(fleet.hosts)} passed", Tone.GOOD)
    unknown = fleet.count(HostState.UNKNOWN)
    return piece(f"{'?' if unknown else '✗'} {tally(fleet)}", Tone.WARN if unknown else Tone.BAD)


def fleet_facts(fleet: Fleet, *, going: bool, stopping: bool = False) -> Sequence[Piece | str]:
    """What stands in the first line of its screen.

    Args:
        fleet: It.
        going: Whether somebody works at it.
        stopping: Whether steps that run are let end, and none begins.
    """
    waves = max((one.wave for one in fleet.hosts), default=1)
    here = min((one.wave for one in fleet.hosts if not one.state.final), default=waves)
    wave = f"wave {here} of {waves}" if waves > 1 and going else ""
    lasting = "" if fleet.duration_ms is None else lasted(fleet.duration_ms)
    stops = piece("stopping: steps that run are let end", Tone.WARN) if stopping else ""
    return stops, fleet_piece(fleet, going=going), str(fleet.mode), wave, lasting


def fleet_cells(fleet: Fleet, now: datetime) -> list[Piece]:
    """Mark, playbook, when, how long, on how many hosts, how it stands."""
    stands = fleet_piece(fleet, going=fleet.going)
    sign, _, words = stands.text.partition(" ")
    return [
        Piece(sign, stands.tone),
        piece(f"{fleet.playbook}@{fleet.version} {fleet.mode}", Tone.STRONG),
        piece(ago(datetime.fromisoformat(fleet.started_at), now)),
        piece("" if fleet.duration_ms is None else lasted(fleet.duration_ms)),
        piece(counted(len(fleet.hosts), "host")),
        piece(words, Tone.DIM if fleet.passed or fleet.resumed_as else Tone.PLAIN),
    ]
