"""One client, from its first message to the end of its input."""

import logging

import anyio

from app.core import Core
from app.desk.desk import Desk
from app.desk.places import Places
from app.desk.serving import Fault, server_of
from app.desk.stdio import bounded_stdio
from capture.launching import expect_replays
from capture.standby import standing_by


def serve(core: Core, places: Places, keep_fault: Fault) -> None:
    """Answer the client on stdin and stdout until its input ends; what it left open is ended then.

    Args:
        core: Whose playbooks and runs; closed at the end.
        places: Where work may be done.
        keep_fault: Keeps a defect for a person, and says where.
    """
    # The SDK tells every mistake of a client at length; the client is told of it, and a flood of them fills no log.
    logging.getLogger("mcp").setLevel(logging.CRITICAL + 1)
    desk = Desk(core, places)
    try:
        with standing_by():
            # A client that has just come thinks first: what it will replay need not wait for a process to start.
            expect_replays()
            anyio.run(_serve, desk, keep_fault)
    except* BrokenPipeError:
        # The client is gone: nobody is left to be told anything.
        pass
    finally:
        desk.close()


async def _serve(desk: Desk, keep_fault: Fault) -> None:
    server = server_of(desk, keep_fault)
    async with bounded_stdio() as (read, write):
        await server.run(read, write, server.create_initialization_options())
