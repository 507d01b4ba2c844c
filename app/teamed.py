"""What the screen shows of a team: what others have done as soon as it is there, and that the server is away."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from textual import on
from textual.app import App

from app.workers.facts import TeamSeen
from capture.errors import ReplaybookError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.ports import Core
    from app.screens.base import BookScreen
    from replay.team.shared import TeamStanding

GOES_ON = "recording and replays go on, decisions wait"


class Teamed(App[None], inherit_bindings=False):
    """Knows how the home stands with its team."""

    core: Core
    """Where all data comes from."""
    _team: TeamStanding | None = None
    _team_trouble = ""

    if TYPE_CHECKING:

        @property
        def shown_screen(self) -> BookScreen:
            """The screen that is shown."""

        def show_going_on(self) -> None:
            """Say on every screen what goes on."""

    @property
    def team_words(self) -> tuple[str, ...]:
        """That the team's server is away, most important first; none while it is there, or there is no team."""
        if self._team is None or self._team.away_since is None:
            return ()
        since = _minute(self._team.away_since)
        heard = _minute(self._team.heard_at) if self._team.heard_at else ""
        away = f"⚠ team away since {since}" + (" or before" if heard != since else "")
        last = f"last heard {heard}" if heard not in ("", since) else ""
        waiting = f"{self._team.waiting} to send" if self._team.waiting else ""
        return tuple(filter(None, (away, waiting, last, GOES_ON)))

    def team_news(self) -> Iterator[TeamSeen]:
        """How it stands, asked from a thread; nothing where there is no team."""
        try:
            standing = self.core.team()
        except ReplaybookError as error:
            yield TeamSeen(None, str(error))
        else:
            if standing is not None:
                yield TeamSeen(standing)

    @on(TeamSeen)
    def show_team(self, event: TeamSeen) -> None:
        """Show what others have done, and whether the server is there."""
        if event.trouble:
            if event.trouble != self._team_trouble:
                self.notify(event.trouble, severity="error", markup=False)
            self._team_trouble = event.trouble
            return
        before, now = self._team, event.standing
        self._team, self._team_trouble = now, ""
        if now is None or now == before or not self.screen_stack:
            return
        self.show_going_on()
        away, was_away = now.away_since is not None, before is not None and before.away_since is not None
        if away and not was_away:
            self.notify(f"⚠ {now.why}; {GOES_ON}", severity="warning", markup=False)
        elif was_away and not away:
            self.notify("✓ the team's server is back, and has all that was done here", markup=False)
        if before is None or now.seen != before.seen:
            # The first time as well: the screen may have read before others did what is known now.
            self.shown_screen.take_news()


def _minute(at: str) -> str:
    """A moment as a person's clock shows it.

    Args:
        at: ISO 8601.
    """
    return f"{datetime.fromisoformat(at).astimezone():%H:%M}"
