"""Fleet: one version on many hosts, a row a host; what the one under the cursor came to, below."""

from collections.abc import Iterator
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.message import Message
from textual.widget import Widget

from app.actions import Area, bindings
from app.ports import Core
from app.screens.fleeting import FleetingScreen
from app.screens.history import NOTHING, replay_rows
from app.screens.hosts import fleet_facts, host_cells, host_rows
from app.screens.left import LeftFleet, tell_left
from app.screens.settling import ask_settle
from app.widgets.lines import Lines
from app.widgets.shelf import Shelf
from app.workers.fleets import (
    FleetRead,
    FleetRefused,
    FleetReturned,
    FleetTold,
    HostReplayRead,
    UnknownRead,
)
from app.workers.tasks import in_thread
from app.workers.telling import Settled
from capture.errors import ReplaybookError
from replay.claims import going_on
from replay.fleet.model import FleetRequest, HostStanding, HostState
from replay.outcome import Mode, Replay

EMPTY = "getting ready …"
TICK_S = 1.0
"""Between two looks at how long hosts take, and at a fleet of another process."""


class FleetScreen(FleetingScreen):
    """Takes a fleet to its end, or looks at one."""

    AREA = Area.FLEET
    BINDINGS: ClassVar[list[BindingType]] = bindings(Area.FLEET)

    def __init__(self, wanted: FleetRequest | str) -> None:
        """Begin, or look.

        Args:
            wanted: What to do, or the id of a fleet.
        """
        super().__init__(wanted)
        self._replays: dict[str, Replay | None] = {}
        """Of hosts at their end, by id; None: not read yet, or gone."""
        self.hosts = Shelf("host", "state", "step", "took", "why", empty=EMPTY, id="hosts")
        """In the order of the request."""
        self.detail = Lines(id="output")
        """Of the one under the cursor."""

    def compose_body(self) -> Iterator[Widget]:
        """Hosts and detail."""
        yield self.hosts
        yield self.detail

    def on_mount(self) -> None:
        """Begin, or read."""
        self.hosts.border_title, self.detail.border_title = "Hosts", "This host"
        self.title_bar.place(self.title_words)
        self.hosts.show(())
        self.hosts.focus()
        self.set_interval(TICK_S, self._tick)
        if isinstance(self._wanted, FleetRequest):
            core, request = self.core, self._wanted
            self._begin(lambda watcher, ask: core.start_fleet(request, watcher=watcher, ask=ask))
        else:
            self.action_reload()

    def go_back(self) -> None:
        """What has not come to its end goes on, as a job."""
        if self.works:
            self.book.leave_behind(self, LeftFleet(self))
        else:
            super().go_back()

    def note_unseen(self) -> None:
        """Whatever screen is shown says that it waits."""
        if self._asked is not None:
            self.say(f"● {self._asked.question.host} asks something; go back to the fleet of {self.title_words}")
        tell_left(self)

    def action_reload(self) -> None:
        """Read it again."""
        core, wanted = self.core, self._fleet.fleet_id if self._fleet else self._wanted
        if isinstance(wanted, str) and not self.works:
            in_thread(self, lambda: FleetRead(core.fleet(wanted)), group="fleet")

    def _tick(self) -> None:
        if self.works:
            self._show()
        elif self.going:
            self.action_reload()

    @on(FleetTold)
    @on(FleetRead)
    def take(self, event: FleetTold | FleetRead) -> None:
        """It stands otherwise."""
        self._fleet = event.fleet
        self._show()

    @on(FleetReturned)
    def end(self, event: FleetReturned) -> None:
        """Every host is at its end."""
        self._fleet, self._asked = event.fleet, None
        self._show()
        tell_left(self)

    @on(FleetRefused)
    def explain(self, event: FleetRefused) -> None:
        """Nothing has begun, which is said; what was there before is still there."""
        del event
        if self._fleet is None:
            self.leave_it()
        self.refresh_bindings()

    def _show(self) -> None:
        fleet, now = self._fleet, self.book.now()
        if fleet is None:
            return
        self.title_bar.place(self.title_words)
        self.title_bar.facts(*fleet_facts(fleet, going=self.going, stopping=self.stopping))
        self.hosts.show([(one.name, host_cells(one, now)) for one in fleet.hosts])
        self._show_detail()
        self.refresh_bindings()

    @property
    def chosen(self) -> HostStanding | None:
        """The host under the cursor."""
        hosts = self._fleet.hosts if self._fleet else ()
        return next((one for one in hosts if one.name == self.hosts.key), None)

    @on(Shelf.Moved)
    def follow(self) -> None:
        """Tell of the host under the cursor."""
        self._show_detail()
        self.refresh_bindings()

    def _show_detail(self) -> None:
        one = self.chosen
        if one is None:
            return
        self.detail.border_title = one.name
        replay = self._replay_of(one)
        told = [(), *replay_rows(replay)] if replay is not None else []
        looked = self._fleet is not None and self._fleet.mode is Mode.SIMULATE
        self.detail.show([*host_rows(one, self.book.keys, self.book.now(), looked=looked), *told])

    def _replay_of(self, one: HostStanding) -> Replay | None:
        """What its replay says, once it was read."""
        core, wanted, fleet = self.core, one.replay_id, self._fleet
        if wanted is None or fleet is None or not one.state.final:
            return None
        if wanted not in self._replays:
            self._replays[wanted] = None
            playbook = fleet.playbook
            in_thread(self, lambda: HostReplayRead(wanted, _replay(core, playbook, wanted)), group="host")
        return self._replays[wanted]

    @on(HostReplayRead)
    def note_replay(self, event: HostReplayRead) -> None:
        """Its replay is known."""
        self._replays[event.replay_id] = event.replay
        self._show_detail()

    @on(Shelf.Chosen)
    def open_chosen(self) -> None:
        """A click opens as enter does."""
        self.action_open()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys act on what is there."""
        fleet, one = self._fleet, self.chosen
        match action:
            case "stop_fleet":
                return self.going and not self.stopping
            case "resume_fleet":
                return (
                    fleet is not None
                    and not self.going
                    and fleet.resumed_as is None
                    and any(host.goes_on for host in fleet.hosts)
                )
            case "settle":
                return one is not None and one.state is HostState.UNKNOWN and not self.works
            case _:
                return super().check_action(action, parameters)

    def action_open(self) -> None:
        """Open what the replay of the host under the cursor recorded."""
        one = self.chosen
        if one is None:
            return
        if one.run_id is None:
            self.say(NOTHING, severity="warning")
        else:
            self.book.open_trace(one.run_id)

    def action_stop_fleet(self) -> None:
        """Begin nothing more."""
        core, fleet = self.core, self._fleet
        if self._work is not None and self.works:
            self._work.stop()
            self._show()
        elif fleet is not None:
            self.say("nothing more is begun there; steps that run are let end")

            def work() -> Message:
                core.stop_fleet(fleet.fleet_id)
                return FleetRead(core.fleet(fleet.fleet_id))

            in_thread(self, work, group="fleet")

    def action_resume_fleet(self) -> None:
        """Go on with those that are left, after a question."""
        core, fleet = self.core, self._fleet
        if fleet is None:
            return
        question = (
            "Go on with the hosts that were skipped, stopped, unreachable or settled? The others stay as they are; one "
            "that is unknown waits until it is settled."
        )

        def go_on() -> None:
            self._begin(lambda watcher, ask: core.resume_fleet(fleet.fleet_id, watcher=watcher, ask=ask))

        self.confirm(f"Go on with {self.title_words}", question, go_on)

    def action_settle(self) -> None:
        """Say whether the step of the host under the cursor happened."""
        core, one = self.core, self.chosen
        if one is not None:
            wanted = one.replay_id

            def work() -> Message:
                return UnknownRead(next((found for found in core.unknown() if found.replay_id == wanted), None))

            in_thread(self, work, group="unknown")

    @on(UnknownRead)
    def ask_whether(self, event: UnknownRead) -> None:
        """Ask, when it is still open."""
        if event.replay is None:
            self.say(self.book.keys.told("it is settled; {resume-fleet} goes on with it"))
        else:
            ask_settle(self, event.replay)

    @on(Settled)
    def show_settled(self, event: Settled) -> None:
        """Say where it goes on."""
        self.say(f"✓ {going_on(event.replay)}")
        self._replays[event.replay.replay_id] = event.replay
        self.action_reload()


def _replay(core: Core, playbook: str, wanted: str) -> Replay | None:
    try:
        return next((one for one in core.replays(playbook) if one.replay_id == wanted), None)
    except ReplaybookError:
        return None
