"""One screen in a browser: the same app, its terminal a pair of pipes to the server that shows it.

Run as `python -m app.serving.screen HOME COLUMNS ROWS`; the server does.
"""

import os
import sys
from pathlib import Path
from typing import Any

from capture.errors import ReplaybookError
from capture.home import Home
from capture.printable import printable

DRAWING = {"TEXTUAL_FPS": "60", "TEXTUAL_COLOR_SYSTEM": "truecolor"}
"""What Textual reads when it is imported, and recorded shells must not see: a browser shows each colour."""


def main() -> int:
    """Show one screen until the person quits it, or the browser is gone.

    Returns:
        The exit code.
    """
    home, columns, rows = sys.argv[1:]
    os.environ |= DRAWING
    from app.core import Core  # noqa: PLC0415 - as below
    from app.serving.driver import Browser  # noqa: PLC0415 - as above
    from app.teams import team_address  # noqa: PLC0415 - as above
    from app.tui import ready_app  # noqa: PLC0415 - it reads what was set just now
    from capture.standby import standing_by  # noqa: PLC0415 - as above

    for name in DRAWING:
        del os.environ[name]
    place = Home(Path(home)).prepare()
    core = Core(place, address=team_address(place))
    try:
        app: Any = ready_app(core)
        app.driver_class = Browser
        with standing_by():
            app.run(size=(int(columns), int(rows)))
    except ReplaybookError as error:
        sys.stderr.write(f"replaybook: {printable(str(error))}\n")
        return 1
    finally:
        core.close()
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main())
