"""Which stored contents a run needs, and which nobody needs any more."""

from collections.abc import Iterable

from capture.home import Home
from capture.tape.writer import TRACE
from capture.trace import Trace


def contents_of(trace: Trace) -> frozenset[str]:
    """The digests of what its steps found and left, as `sha256:…`."""
    effects = [effect for step in trace.steps for effect in step.file_effects]
    return frozenset(digest for effect in effects for digest in (effect.before, effect.after) if digest is not None)


def needed_elsewhere(home: Home, digests: Iterable[str], *, but: str) -> frozenset[str]:
    """Those that another run names too.

    Args:
        home: Whose runs.
        digests: As `sha256:…`.
        but: The run that does not count.

    Returns:
        Some of the digests.
    """
    wanted = set(digests)
    found: set[str] = set()
    for path in home.runs.glob(f"*/**/{TRACE}") if wanted else ():
        if path.relative_to(home.runs).parts[0] != but:
            data = path.read_bytes()
            found |= {digest for digest in wanted - found if digest.encode() in data}
    return frozenset(found)


def drop_contents(home: Home, digests: Iterable[str]) -> None:
    """Delete stored contents for good."""
    for digest in digests:
        (home.blobs / digest.removeprefix("sha256:")).unlink(missing_ok=True)
