"""The process that records: a front end attaches to it and may die without a loss."""

import os
import shutil
import socket
import sys
from pathlib import Path

import msgspec

from capture.errors import ReplaybookError
from capture.hosting.hosted import Host
from capture.hosting.starting import remedy
from capture.wire import SessionSpec

_SPEC = msgspec.json.Decoder(SessionSpec)


def main() -> None:
    """Run the host: its socket's descriptor is the argument, its spec the JSON on stdin."""
    run(sys.stdin.buffer.read(), int(sys.argv[1]))


def run(given: bytes, listener: int) -> None:
    """Run one session to its end.

    Args:
        given: The JSON of its `SessionSpec`.
        listener: Descriptor of the socket where front ends attach.
    """
    spec = _SPEC.decode(given)
    if spec.keep_on_detach and os.fork():
        os._exit(0)
    host = Host(spec, socket.socket(fileno=listener))
    failure: str | None = None
    try:
        host.open()
        host.serve()
    except ReplaybookError as error:
        failure = str(error)
    except OSError as error:
        failure = (
            f"the recording of {spec.run_id} stopped: {error.strerror}; {remedy(error, spec.home)}, and record again"
        )
    finally:
        host.close(failure=failure)
    # Not after a defect: the front end reads its last words from a file in there.
    shutil.rmtree(Path(spec.folder or "").parent, ignore_errors=True)


if __name__ == "__main__":
    main()
