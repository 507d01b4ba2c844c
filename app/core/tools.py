"""Tools that replays may call: what carries them out, and what their servers offer."""

import os
from pathlib import Path

from app.core.parts import Parts
from replay.tools.listing import ListedSection, listed, probed
from replay.tools.settings import own_tools_file


class Tools(Parts):
    """What can be done with them."""

    def tools(self) -> tuple[ListedSection, ...]:
        """All that can be called; nothing is started or asked.

        Raises:
            BadInputError: `tools.toml` can't be used; the message names the line.
        """
        return listed(self.home, os.environ)

    def tools_file(self) -> Path:
        """The user's settings; where there are none yet, a file that says how to write them."""
        return own_tools_file(self.home)

    def probe_tools(self, *names: str) -> tuple[ListedSection, ...]:
        """Ask servers what they offer, and remember it: those that are started run for that long; no tool is called.

        Args:
            names: Sections; none: every server.

        Raises:
            BadInputError: `tools.toml` can't be used.
            UnknownNameError: There is no such section.
        """
        return probed(self.home, names, cwd=str(Path.cwd()), environment=os.environ, now=self.clock)
