"""What is known of tools without calling any: from the settings, and from what servers said last."""

from pathlib import Path

import pytest

from app import doctor
from capture.home import Home
from replay.offers import Toolbox
from replay.tools.listing import listed
from replay.tools.offered import OfferedBy, OfferedTool, OfferedTools, keep_offered, load_offered, tools_of

SETTINGS = """\
["weather/*"]
command = ["weather-server"]
env = ["KEY"]
read_only = ["list_*"]
["notes/*"]
mcp = "https://example.org/mcp"
["billing/invoice"]
method = "GET"
url = "https://example.org/{id}"
read_only = true
"""
SAID = OfferedBy(
    address="weather-server",
    at="2026-01-01T00:00:00Z",
    tools={
        "get": OfferedTool(description="Get it.", read_only=True, destructive=False, input_schema={"type": "object"}),
        "list_all": OfferedTool(),
        "set": OfferedTool(read_only=False, destructive=True),
    },
)


def test_what_is_known_comes_from_the_settings_and_what_was_said(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.tools.write_text(SETTINGS)
    tools: Toolbox = tools_of(home)
    before = tools.known("weather/get")
    assert before
    assert (before.how, before.read_only, before.input_schema) == ("MCP server weather, started here", None, None)
    keep_offered(home, {"weather/*": SAID, "gone/*": SAID})
    assert set(load_offered(home).servers) == {"weather/*"}
    assert home.offered.stat().st_mode & 0o777 == 0o600
    tools = tools_of(home)
    get, listing, write = (tools.known(f"weather/{one}") for one in ("get", "list_all", "set"))
    assert get
    assert listing
    assert write
    # A server's word makes a caller more careful and never less: it may lie.
    assert (get.read_only, get.destructive, get.input_schema) == (None, None, {"type": "object"})
    assert (listing.read_only, write.read_only, write.destructive) == (True, False, True)
    assert tools.known("weather/forgotten") is tools.known("other/x") is tools.known("file/read") is None
    invoice, patch = tools.known("billing/invoice"), tools.known("file/patch")
    assert invoice
    assert patch
    assert (invoice.how, invoice.read_only) == ("GET https://example.org/{id}", True)
    assert (patch.destructive, (patch.input_schema or {})["required"]) == (True, ["patch"])
    assert tools.names()[:2] == ("billing/invoice", "file/delete")
    assert "weather/set" in tools.names()


def test_what_another_server_said_counts_no_more(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.tools.write_text(SETTINGS)
    keep_offered(home, {"weather/*": SAID})
    home.tools.write_text(SETTINGS.replace("weather-server", "another-server"))
    found = tools_of(home).known("weather/forgotten")
    assert found
    assert found.input_schema is None
    home.offered.write_text("torn")
    assert load_offered(home) == OfferedTools()


def test_all_that_can_be_called_is_listed(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.tools.write_text(SETTINGS)
    keep_offered(home, {"weather/*": SAID})
    weather, notes, billing, files = listed(home, {"KEY_2": "x"})
    assert (weather.unset, weather.asked_at, len(weather.tools)) == (("KEY",), SAID.at, 3)
    assert (notes.tools, notes.asked_at, billing.tools[0].read_only) == ((), None, True)
    assert [tool.name for tool in files.tools] == ["file/write", "file/patch", "file/move", "file/delete"]


def test_what_wants_the_extra_is_told_by_simulate_and_doctor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path)
    assert doctor._tools(home) == ()
    home.tools.write_text(SETTINGS)
    assert [one.state for one in doctor._tools(home)] == [doctor.State.OK]
    for module in ("app.doctor", "replay.tools.offered"):
        monkeypatch.setattr(f"{module}.find_spec", lambda _name: None)
    (found,) = doctor._tools(home)
    assert (found.state, found.detail) == (doctor.State.MISSING, "weather/*, notes/* can't be called")
    assert "replaybook[mcp]" in found.advice
    served, over_http = (tools_of(home).known(one) for one in ("weather/get", "billing/invoice"))
    assert served
    assert over_http
    assert (served.wants, over_http.wants) == (found.advice, None)
