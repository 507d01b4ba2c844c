"""What the user writes in tools.toml, and what is told when it is wrong."""

from pathlib import Path

import pytest

from capture.errors import BadInputError
from capture.home import Home
from replay.tools.settings import TEMPLATE, Carrier, filled, load_tools, own_tools_file, read_tools, secrets_in

GOOD = """\
["weather/*"]
command = ["uvx", "weather-server"]
env = ["WEATHER_KEY"]
timeout = "500ms"
read_only = ["get_*"]
["weather/now"]
method = "GET"
url = "https://example.org/{city}"
headers = {Authorization = "Bearer ${TOKEN}"}
read_only = true
["notes/*"]
mcp = "https://example.org/mcp"
["report/*"]
python = "reports:*"
"""


def test_the_longest_name_that_fits_counts() -> None:
    tools = read_tools(GOOD, source="tools.toml")
    now, forecast = tools.choose("weather/now"), tools.choose("weather/get_forecast")
    assert now
    assert forecast
    assert (now.section.carrier, now.rest, now.read_only) == (Carrier.HTTP, "weather/now", True)
    assert (forecast.section.carrier, forecast.rest, forecast.read_only) == (Carrier.STDIO, "get_forecast", True)
    assert forecast.section.timeout_s == 0.5
    assert tools.choose("weather/") is tools.choose("weather") is tools.choose("other/x") is None
    assert tools.variables == ("TOKEN", "WEATHER_KEY")
    assert {one.carrier for one in tools.sections.values()} == set(Carrier) - {Carrier.FILES}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = 1", "tools.toml:1: x is a section"),
        ('["a/*"]\ncomand = ["x"]', "tools.toml:2: there is no key 'comand'; did you mean command?"),
        ('["b/*"]\ncommand = ["x"]\n\n["a/*"]\ncommand = []', "tools.toml:5: command: Expected"),
        ('["a/*"]\ncommand = ["x"]\nmethod = "GET"', "tools.toml:3: method is for url"),
        ('["a"]\ncommand = ["x"]', 'tools.toml:1: ["a"] names one tool'),
        ('["a/*"]\nread_only = true', 'tools.toml:1: ["a/*"] has none of command'),
        ('["a/*"]\ncommand = ["x"]\nmcp = "https://a/b"', 'tools.toml:3: ["a/*"] has command and mcp'),
        ('["a*b"]\nurl = "https://a/b"', 'tools.toml:1: ["a*b"]: one * may stand at the end'),
        ('["a/*"]\nmcp = "https://user:pw@host/"', "tools.toml:2: mcp is no address"),
        ('["a"]\npython = "os.system"', "tools.toml:2: python is written as module:callable"),
        ('["a"]\npython = "os:x"\ntimeout = "soon"', "tools.toml:3: timeout 'soon'"),
        ('["a"]\npython = "os:x"\nenv = ["KEY=secret"]', "tools.toml:3: env lists names"),
        ('["a"\n', "tools.toml:1: "),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(BadInputError) as error:
        read_tools(text, source="tools.toml")
    assert str(error.value).startswith(told)
    assert "replaybook tools --edit opens it" in str(error.value)
    assert "secret" not in str(error.value)


def test_headers_take_variables_and_what_they_hold_is_secret(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert secrets_in(home, {"TOKEN": "t0"}) == ()
    home.tools.write_text(GOOD)
    assert secrets_in(home, {"TOKEN": "t0", "WEATHER_KEY": "k"}) == ("t0",)
    assert filled("Bearer ${TOKEN}", {"TOKEN": "t0"}) == "Bearer t0"
    home.tools.write_text("broken [")
    assert secrets_in(home, {"TOKEN": "t0"}) == ()


def test_the_file_begins_with_its_format_and_nothing_in_it(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert load_tools(home).sections == {}
    assert own_tools_file(home).stat().st_mode & 0o777 == 0o600
    assert load_tools(home).sections == {}
    examples = "\n".join(
        line.removeprefix("# ") for line in TEMPLATE.splitlines() if line.startswith('# ["') or " = " in line
    )
    assert len(read_tools(examples, source="tools.toml").sections) == 4
