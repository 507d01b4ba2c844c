"""What can be told of a tool's call without making it."""

import pytest

from capture.calls import Call
from capture.trace import StepKind
from replay.conditions.calling import check_call, nobody_calls
from replay.offers import NoTools, Offered
from replay.outcome import Check, CheckState, FailureClass
from replay.playbook import PlaybookStep, SafetyLevel

SCHEMA = {
    "type": "object",
    "properties": {
        "path": {"type": "string"},
        "depth": {"type": "integer"},
        "mode": {"enum": ["r", "w"]},
        "deep": {"type": ["boolean", "null"]},
    },
    "required": ["path"],
    "additionalProperties": False,
}


class Tools:
    """Two tools of one server: one that only adds, one that may overwrite."""

    def __init__(self, **tools: Offered) -> None:
        self.tools = {f"files/{name}": one for name, one in tools.items()}

    def known(self, name: str) -> Offered | None:
        return self.tools.get(name)

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self.tools))


ADDS = Offered(how="MCP server files", destructive=False, input_schema=SCHEMA)
OVERWRITES = Offered(how="MCP server files", destructive=True)


def level(text: str) -> SafetyLevel:
    return SafetyLevel.NEEDS_CONFIRM if "overwrite" in text else SafetyLevel.AUTO_OK


def checked(
    name: str, given: object, tools: Tools, *, safety: SafetyLevel = SafetyLevel.AUTO_OK, stands_in: str = ""
) -> tuple[Check, ...]:
    text = Call(name, given).text
    step = PlaybookStep(kind=StepKind.TOOL, run=text, safety=safety)
    return check_call(step, text, tools, level=level, stands_in=(stands_in,))


def test_a_tool_that_nothing_calls_is_unknown_and_says_where_to_name_it() -> None:
    text = Call("web/get", {}).text
    (check,) = check_call(PlaybookStep(kind=StepKind.TOOL, run=text), text, NoTools(), level=level)
    assert (check.state, check.subject) == (CheckState.UNKNOWN, "web/get")
    assert "tools.toml" in (check.hint or "")
    assert nobody_calls((check,)) is check


def test_a_known_tool_says_who_calls_it() -> None:
    (check,) = checked("files/add", {"path": "a", "depth": 2, "mode": "w", "deep": None}, Tools(add=ADDS))
    assert (check.state, check.message) == (CheckState.PASS, "MCP server files can call files/add")
    assert nobody_calls((check,)) is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "files/add needs path"),
        ({"path": "a", "depht": 1}, "files/add takes no depht; did you mean depth?"),
        ({"path": "a", "other": 1}, "files/add takes no other"),
        ({"path": 3}, "files/add takes string as path, not 3"),
        ({"path": "a", "depth": True}, "files/add takes integer as depth, not True"),
        ({"path": "a", "depth": 1.5}, "files/add takes integer as depth, not 1.5"),
        ({"path": "a", "mode": "x"}, "files/add takes one of 'r', 'w' as mode, not 'x'"),
    ],
)
def test_an_input_that_the_tool_does_not_take_is_told(given: object, message: str) -> None:
    wrong = [check for check in checked("files/add", given, Tools(add=ADDS)) if check.state is CheckState.FAIL]
    assert [(check.message, check.failure_class) for check in wrong] == [(message, FailureClass.UNKNOWN_OPTION)]


def test_what_stands_in_for_a_value_to_come_may_be_a_number() -> None:
    given = {"path": "a", "depth": "id_from_step_1"}
    assert all(
        check.state is CheckState.PASS
        for check in checked("files/add", given, Tools(add=ADDS), stands_in="id_from_step_1")
    )


def test_a_tool_that_its_server_offers_no_more_fails_and_the_only_near_name_is_told() -> None:
    (check,) = checked("files/ad", {}, Tools(add=ADDS, list=ADDS))
    assert (check.state, check.failure_class) == (CheckState.FAIL, FailureClass.UNKNOWN_TARGET)
    assert check.message == "files offers no ad; did you mean files/add?"


def test_a_graver_tool_is_no_near_name() -> None:
    (check,) = checked("files/overwrit", {}, Tools(overwrite=OVERWRITES))
    assert check.state is CheckState.UNKNOWN
    assert check.message == "nothing here can call the tool files/overwrit; of files there is files/overwrite"


def test_several_near_names_are_none() -> None:
    (check,) = checked("files/add", {}, Tools(add1=ADDS, add2=ADDS))
    assert check.message == "nothing here can call the tool files/add; of files there is files/add1, files/add2"


def test_fields_of_fields_and_items_of_lists_are_checked_too() -> None:
    schema = {
        "type": "object",
        "properties": {
            "edits": {"type": "array", "items": {"$ref": "#/$defs/Edit"}},
            "to": {"$ref": "#/$defs/Round"},
        },
        "$defs": {
            "Edit": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
            "Round": {"$ref": "#/$defs/Round"},
        },
    }
    tools = Tools(edit=Offered(how="MCP server files", input_schema=schema))

    def wrong(given: object) -> list[str]:
        return [one.message for one in checked("files/edit", given, tools) if one.state is CheckState.FAIL]

    assert wrong({"edits": [{"text": "a"}, {"text": "b", "more": 1}], "to": {"any": "thing"}}) == []
    assert wrong({"edits": [{"text": "a"}, {"text": 1}, {"text": 2}]}) == [
        "files/edit takes string as edits[1].text, not 1"
    ]
    assert wrong({"edits": [{}]}) == ["files/edit needs edits[0].text"]
    assert wrong({"edits": ["a"]}) == ["files/edit takes object as edits[0], not 'a'"]


def test_what_wants_an_extra_first_is_not_ready() -> None:
    tools = Tools(edit=Offered(how="MCP server files", wants="install it"))
    (check,) = checked("files/edit", {}, tools)
    assert (check.state, "install it" in check.message) == (CheckState.UNKNOWN, True)
    assert nobody_calls((check,)) is check
