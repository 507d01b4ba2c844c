"""Has a long pass do without the collector of cycles: it makes many values and no cycle, so each look is lost time."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Collect nothing for a `with` block or a decorated function; threads may overlap."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
