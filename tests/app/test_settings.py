"""The file of settings: read with every mistake named, changed with what a person wrote there kept."""

import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import psycopg.conninfo
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.actions import ACTIONS, Area
from app.core import Core
from app.keymap import BY_ID, TAKEN, Keys, problem, read_keys, written
from app.keys import named, shown
from app.labels import labels, left_of
from app.settings.addresses import has_password
from app.settings.reading import read_settings
from app.settings.values import SETTINGS, THEMES, Settings
from app.settings.writing import changed, schema, template
from app.themes import OWN
from capture.errors import BadInputError, UnknownNameError
from capture.home import Home
from tests.program import Program


def core_in(tmp_path: Path) -> Core:
    return Core(Home(tmp_path / "home").prepare(), clock=lambda: datetime.now(UTC), actor="ada")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("theme = [", "s.toml:1: "),
        ('them = "dark"', "s.toml:1: there is no key 'them'; did you mean theme?"),
        ('\n\ntheme = "drak"', "s.toml:3: theme: 'drak' can't be; it is dark, light,"),
        ("notice_s = 0", "s.toml:1: notice_s: 0 can't be; it is a number from 1 to 60"),
        ('jump_letters = "aabb"', "s.toml:1: jump_letters: a letter is there twice"),
        ('[record]\n# mine\nshell = "tcsh"', "s.toml:3: record.shell: 'tcsh' can't be"),
        ('[recrd]\nshell = "zsh"', "s.toml:2: there is no key 'recrd'; did you mean record?"),
        ("keys = 3", "s.toml:1: keys is a section"),
        ('[keys]\naprove = "Y"', "s.toml:2: there is no action 'aprove'; did you mean approve?"),
        ('[keys]\ninbox = "crtl+x"', "s.toml:2: inbox: there is no key 'crtl\\+x'"),
        ("[keys]\ninbox = 1", "s.toml:2: inbox: a key is a text"),
        ('[keys]\n\ninbox = "a"', r"s.toml:3: inbox: a is audit \(Home\) already; take another, or give audit"),
        ('keys.inbox = "q"', r"s.toml:1: inbox: q is quit \(Anywhere\) already"),
        ('[keys]\napprove = "enter"', "s.toml:2: approve: enter and space decide on nothing"),
        ('[keys]\napprove = "f2"', "s.toml:2: approve: a decision is a letter"),
        ('[keys]\napprove = "c"', r"s.toml:2: approve: c is continue \(Replay\) already"),
        ('[keys]\nreject = ["N", "space"]', "s.toml:2: reject: enter and space"),
        ('[keys]\ninbox = "up"', "s.toml:2: inbox: ↑ is no action's, it moves the cursor"),
        ('[keys]\nleave-pane = "g"', "s.toml:2: leave-pane: this one is typed into the shell"),
        ('theme = "x"\nmotion = 1', r"s.toml:1: theme: .*\(and 1 more\)"),
        ('[team]\ncatalog = "postgresql://ada:sw0rd@db/team"', "s.toml:2: team.catalog: an address with a password is"),
        ("[team]\ncatalog = 3", "s.toml:2: team.catalog: it is a text"),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, said: str) -> None:
    with pytest.raises(BadInputError, match=said):
        read_settings(text, source="s.toml")


@pytest.mark.parametrize(
    ("address", "holds"),
    [
        ("postgresql://ada@db:5433,other/team?passfile=/home/ada/pg:pass", False),
        ("postgresql://ada@db/team?application_name=a:b@c", False),
        ("postgres://ada:p%40ss@db/team", True),
        ("postgresql://db/team?sslmode=require&%70assword=x", True),
        ("host=db dbname=team", False),
        ("host=db sslpassword = 'x'", True),
        ("service=team", False),
    ],
)
def test_a_password_in_an_address_is_seen_as_libpq_would(address: str, *, holds: bool) -> None:
    assert has_password(address) is holds
    assert ("password" in psycopg.conninfo.conninfo_to_dict(address) or "sslpassword" in address) is holds


def test_two_actions_may_swap_their_keys() -> None:
    read = read_settings('[keys]\ninbox = "a"\naudit = "i"', source="s.toml")
    assert (Keys(read.settings.keys).shown("inbox"), read.lines["keys.audit"]) == ("a", 3)


def test_what_works_anywhere_is_hidden_nowhere_but_by_its_like() -> None:
    anywhere = {key: one.id for one in ACTIONS if Area.ANYWHERE in one.areas for key in one.key.split(",")}
    # Looking back in the shell's output is a mode of the pane, with the keys of a pager.
    apart = {Area.ANYWHERE, Area.SCROLLBACK}
    others = [(one.id, key) for one in ACTIONS if not apart & set(one.areas) for key in one.key.split(",")]
    hidden = {(name, anywhere[key]) for name, key in others if key in anywhere}
    assert hidden == {("why", "help"), ("leave", "back")}


def test_a_new_file_says_all_that_can_be_set_and_sets_nothing() -> None:
    assert tomllib.loads(template()) == {}
    assert all(f"# {name.rpartition('.')[2]} = " in template() for name in SETTINGS)
    assert read_settings(template(), source="x").settings == Settings()


def test_a_change_keeps_comments_order_and_all_else() -> None:
    before = "# why\ntheme = 'light'  # at noon\n\n[keys]\n'inbox' = \"f2\"\n# the end\n"
    after = changed(changed(before, "theme", "dark"), "player.speed", 2)
    assert "# why" in after
    assert "# at noon" in after
    assert "'inbox' = \"f2\"\n# the end" in after
    assert tomllib.loads(after) == {"theme": "dark", "keys": {"inbox": "f2"}, "player": {"speed": 2}}


def test_a_setting_of_a_new_file_is_set_where_it_is_told_of_and_taken_back_there() -> None:
    made = changed(changed(template(), "record.shell", "zsh"), "keys.inbox", ["f2", "f9"])
    assert tomllib.loads(made) == {"record": {"shell": "zsh"}, "keys": {"inbox": ["f2", "f9"]}}
    assert made.count("[record]") == made.count("[keys]") == 1
    assert tomllib.loads(changed(made, "record.shell", None))["record"] == {}


VALUES: dict[str, Any] = {
    "theme": st.sampled_from(THEMES),
    "motion": st.booleans(),
    "notice_s": st.integers(1, 60),
    "record.shell": st.sampled_from(["yours", "bash", "zsh"]),
    "player.speed": st.sampled_from([0.25, 1, 16]),
    "keys.inbox": st.sampled_from(["f2", "ö", ["f3", "f4"]]),
}
STARTS = (
    template(),
    "",
    "[keys]\n[player]\nspeed = 4\n",
    '# [keys]\n[player]\nspeed=4\n# [record]\n"longest_pause_s"=1',
)


@given(
    st.sampled_from(STARTS),
    st.lists(st.sampled_from(list(VALUES)).flatmap(lambda name: st.tuples(st.just(name), st.none() | VALUES[name]))),
)
def test_any_changes_come_out_as_wanted_whatever_the_file_looked_like(start: str, wanted: list[Any]) -> None:
    text, expected = start, tomllib.loads(start)
    for name, value in wanted:
        section, _, key = name.rpartition(".")
        table = expected.setdefault(section, {}) if section else expected
        table.pop(key, None)
        if value is not None:
            table[key] = value
        text = changed(text, name, value)
    assert _full(tomllib.loads(text)) == _full(expected)


def _full(tables: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in tables.items() if value != {}}


def test_the_schema_takes_what_is_read_and_refuses_what_is_not() -> None:
    judge = jsonschema.Draft202012Validator(schema())
    judge.check_schema(schema())
    good = tomllib.loads(
        'theme = "light"\nnotice_s = 3.5\n[keys]\ninbox = ["f2", "f3"]\naudit = "x"\n[player]\nspeed = 2'
    )
    assert not list(judge.iter_errors(good))
    for bad in ('theme = "drak"', "them = 1", "[keys]\naprove = 'x'", "[player]\nspeed = 99", 'jump_letters = "A"'):
        assert list(judge.iter_errors(tomllib.loads(bad))), bad


def test_keys_of_the_older_file_hold_and_are_moved_over_by_the_first_change(tmp_path: Path) -> None:
    core = core_in(tmp_path)
    core.home.old_keys.write_text('{"inbox": "f2", "audit": "f3"}', encoding="utf-8")
    assert core.settings().settings.keys == {"inbox": "f2", "audit": "f3"}
    found = core.change_setting("keys.inbox", "f4")
    assert (found.settings.keys, core.home.old_keys.exists()) == ({"inbox": "f4", "audit": "f3"}, False)
    assert tomllib.loads(core.home.settings.read_text(encoding="utf-8"))["keys"]["audit"] == "f3"
    assert core.home.settings.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("text", "said"),
    [("[", "should be like"), ('{"aprove": "Y"}', "did you mean approve"), ('{"approve": "enter"}', "never made by")],
)
def test_a_bad_older_file_says_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    core = core_in(tmp_path)
    core.home.old_keys.write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError, match=said):
        core.settings()


def test_a_change_that_can_not_be_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    core = core_in(tmp_path)
    core.change_setting("theme", "light")
    before = core.home.settings.read_bytes()
    for name, text in (
        ("theme", "drak"),
        ("keys.inbox", "a"),
        ("motion", "perhaps"),
        ("player.speed", "nan"),
        ("team.catalog", "db"),
    ):
        with pytest.raises(BadInputError):
            core.change_setting(name, text)
    for name in ("them", "keys.inbx", "keys", "record"):
        with pytest.raises(UnknownNameError):
            core.change_setting(name, "x")
    assert core.home.settings.read_bytes() == before


def test_the_command_line_shows_sets_checks_and_takes_back(program: Program) -> None:
    assert "built in" in program("settings").out
    assert program.json("settings", "theme", "light")["settings"][0]["value"] == "light"
    assert program("settings", "theme").out == "light\n"
    assert program("settings", "keys.inbox", "f2, f3").out == "f2 f3\n"
    assert "settings.toml:" in program("settings", "keys").out
    refused = program("settings", "keys.inbox", "a")
    assert refused.code == 2
    assert refused.err == "replaybook: inbox: a is audit (Home) already; take another, or give audit another key\n"
    assert "did you mean theme?" in program("settings", "them").err
    assert program("settings", "--unset", "theme").out == "dark\n"
    own = program.cwd / "mine.toml"
    own.write_text("\nmotion = 3\n", encoding="utf-8")
    assert "mine.toml:2: motion" in program("settings", "--check", str(own)).err
    assert json.loads(program("settings", "--schema").out) == json.loads(json.dumps(schema()))
    assert json.loads(program("schema", "settings").out) == json.loads(json.dumps(schema()))
    assert (program.home / "settings.schema.json").exists()


@given(st.sampled_from(ACTIONS))
def test_keys_are_written_as_they_are_read(action: Any) -> None:
    assert read_keys(written(action.key)) == action.key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("?", "question_mark"),
        ("ctrl+]", "ctrl+right_square_bracket"),
        ("esc", "escape"),
        ("ctrl++", "ctrl+plus"),
        (",", "comma"),
        ("ö", "ö"),
        ("F5", "f5"),
        ("ctrl+A", "ctrl+a"),
        ("+", "plus"),
    ],
)
def test_a_key_is_read_as_people_write_it(text: str, key: str) -> None:
    assert named(text) == key
    assert named(shown(key)) == key


@pytest.mark.parametrize("text", ["", "crtl+x", "f99", "shift+a", "ctrl+ctrl+x", "xx", "\x1b"])
def test_what_is_no_key_is_none(text: str) -> None:
    assert named(text) is None


def test_no_action_of_the_table_has_a_key_that_none_can_have() -> None:
    listed = [action for action in ACTIONS if Area.SCROLLBACK not in action.areas]
    assert not [action.id for action in listed if TAKEN.keys() & set(action.key.split(","))]


def test_a_key_that_approves_means_nothing_else_where_proposals_open() -> None:
    others = [action for action in ACTIONS if {Area.REPLAY, Area.INBOX} & set(action.areas)]
    for other in others:
        for key in other.key.split(","):
            assert problem("approve", {"approve": key}), other.id


def test_every_theme_of_the_settings_is_there() -> None:
    assert tuple(OWN) == THEMES
    assert BY_ID.keys() == {action.id for action in ACTIONS}


@given(st.integers(0, 800), st.integers(2, 26))
def test_labels_are_as_few_letters_as_can_be_and_none_begins_another(count: int, many: int) -> None:
    made = labels(count, "asdfghjklqwertyuiopzxcvbnm"[:many])
    assert len(set(made)) == len(made) == min(count, many * many)
    assert all(left_of(made, label) == (label,) for label in made)
    assert max(map(len, made), default=1) <= (1 if count <= many else 2)
