from pathlib import Path

import pytest
from textual.binding import Binding

from app.actions import ACTIONS, Area, actions_in, bindings, key_table
from app.keymap import Keys
from app.screens.audit import AuditScreen
from app.screens.base import BookScreen
from app.screens.checking import CheckScreen
from app.screens.compare import CompareScreen
from app.screens.doctor import DoctorScreen
from app.screens.editing import EditScreen
from app.screens.fleet import FleetScreen
from app.screens.fleets import FleetsScreen
from app.screens.help import help_rows
from app.screens.history import HistoryScreen
from app.screens.home import HomeScreen
from app.screens.inbox import InboxScreen
from app.screens.jobs import JobsScreen
from app.screens.ledger import LedgerScreen
from app.screens.playbook import PlaybookScreen
from app.screens.player import PlayerScreen
from app.screens.record import RecordScreen
from app.screens.replay import ReplayScreen
from app.screens.search import SearchScreen
from app.screens.seeking import SeekScreen
from app.screens.settings import SettingsScreen
from app.screens.sources import SourcesScreen
from app.screens.tools import ToolsScreen
from app.screens.trace import TraceScreen
from app.tui import ReplaybookApp

SCREENS = (
    HomeScreen,
    RecordScreen,
    TraceScreen,
    PlayerScreen,
    PlaybookScreen,
    EditScreen,
    ReplayScreen,
    InboxScreen,
    AuditScreen,
    DoctorScreen,
    SourcesScreen,
    ToolsScreen,
    HistoryScreen,
    LedgerScreen,
    CompareScreen,
    CheckScreen,
    SearchScreen,
    SeekScreen,
    FleetsScreen,
    FleetScreen,
    JobsScreen,
    SettingsScreen,
)
README = Path(__file__).parents[2] / "README.md"


def test_ids_are_unique() -> None:
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)


@pytest.mark.parametrize("area", Area)
def test_no_key_means_two_things_in_one_area(area: Area) -> None:
    keys = [key for action in actions_in(area) for key in action.key.split(",")]
    assert sorted(set(keys)) == sorted(keys)


@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_can_do_what_the_table_says_and_nothing_else(screen: type[BookScreen]) -> None:
    areas = (Area.REVIEW, screen.AREA) if screen.REVIEWS else (screen.AREA,)
    wanted = {action.method for action in actions_in(*areas)}
    bound = {binding.action for binding in screen.BINDINGS if isinstance(binding, Binding)}
    assert bound == wanted
    assert all(hasattr(screen, f"action_{method}") for method in wanted)


def test_the_app_can_do_what_the_table_says() -> None:
    wanted = {action.method for action in actions_in(Area.ANYWHERE)}
    assert {binding.action for binding in ReplaybookApp.BINDINGS if isinstance(binding, Binding)} == wanted
    assert all(hasattr(ReplaybookApp, f"action_{method}") for method in wanted)


def test_every_binding_has_an_id_and_a_tooltip() -> None:
    made = [binding for area in Area for binding in bindings(area) if isinstance(binding, Binding)]
    assert {binding.id for binding in made} - {None} == {action.id for action in ACTIONS}
    assert all(binding.tooltip for binding in made)


def test_approving_is_a_letter() -> None:
    deliberate = [action for action in actions_in(Area.REVIEW) if action.id in ("approve", "reject")]
    assert [action.key for action in deliberate] == ["y", "n"]


@pytest.mark.parametrize("area", Area)
def test_help_tells_every_key_of_an_area(area: Area) -> None:
    said = ["".join(text for text, _ in row) for row in help_rows((area,), Keys())]
    for action in actions_in(area):
        assert any(action.tooltip in line and action.shown_key in line for line in said)


def test_every_area_is_one_of_a_screen_whose_help_and_palette_ask_for_it() -> None:
    of_screens = {screen.AREA for screen in SCREENS} | {Area.REVIEW for screen in SCREENS if screen.REVIEWS}
    assert of_screens | {Area.SCROLLBACK, Area.ANYWHERE} == set(Area)
    assert Area.SCROLLBACK in RecordScreen(cwd="/").areas


def test_the_readme_shows_the_table() -> None:
    readme = README.read_text(encoding="utf-8")
    assert key_table() in readme


def test_the_keys_of_a_replay_that_stands_fit_a_narrow_footer() -> None:
    shown = [one for one in actions_in(Area.REPLAY, Area.ANYWHERE) if one.footer]
    # While it stands nothing is paused, and only a version that was seen to the end is validated or promoted.
    standing = [one for one in shown if one.id not in {"pause", "validate", "promote"}]
    assert {"next", "continue", "step-back", "stop", "help"} <= {one.id for one in standing}
    assert len(" ".join(f"{one.shown_key.partition(' ')[0]} {one.words}" for one in standing)) <= 80
