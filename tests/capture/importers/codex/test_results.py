import pytest

from capture.importers.codex.calls import Patch, Shell, asked, tool_name
from capture.importers.codex.results import Result, shell_result, tool_result
from capture.importers.codex.session import duration


@pytest.mark.parametrize(
    ("raw", "result"),
    [
        (
            '{"output":"x","metadata":{"exit_code":1,"duration_seconds":0.2}}',
            Result(output="x", exit_code=1, seconds=0.2),
        ),
        ("Exit code: 0\nWall time: 2 seconds\nOutput:\na\nb", Result(output="a\nb", exit_code=0, seconds=2)),
        ("Exit code: -1\nWall time: x\nOutput:\na", Result(output="Exit code: -1\nWall time: x\nOutput:\na")),
        (
            "Chunk ID: 0a\nWall time: 1 s\nProcess running with session ID 4\nOriginal token count: 2\nOutput:\n$ ",
            Result(output="$ ", seconds=1, session=4),
        ),
        ("Process exited with code 2", Result(output="", exit_code=2)),
        ({"content": "well", "success": True}, Result(output="well", exit_code=0)),
        ({"content": "badly", "success": False}, Result(output="badly", broken=True)),
        ([{"type": "input_text", "text": "a"}, {"type": "input_image", "image_url": "…"}], Result(output="a")),
        ("exec command rejected by user", Result(output="exec command rejected by user", refused=True)),
        ("aborted by user after 1.0s", Result(output="aborted by user after 1.0s", aborted=True)),
        (
            "failed to parse function arguments: x",
            Result(output="failed to parse function arguments: x", broken=True),
        ),
        ("a\n[... omitted 5 of 9 lines ...]\nb", Result(output="a\n[... omitted 5 of 9 lines ...]\nb", truncated=True)),
        (None, Result(output="")),
        (7, Result(output="")),
    ],
)
def test_what_shells_answered(raw: object, result: Result) -> None:
    assert shell_result(raw) == result


@pytest.mark.parametrize(
    ("raw", "output", "code"),
    [
        ("plain", "plain\n", 0),
        ("Wall time: 0.2 seconds\nOutput:\n[1]", "[\n  1\n]\n", 0),
        ('{"content":[{"type":"text","text":"t"}],"isError":true}', "t\n", 0),
        ('{"structuredContent":{"n":1},"content":[]}', '{\n  "n": 1\n}\n', 0),
        ("err: gone", "err: gone\n", 1),
        ("tool call rejected by user", "tool call rejected by user\n", None),
    ],
)
def test_what_tools_answered(raw: object, output: str, code: int | None) -> None:
    found = tool_result(raw)
    assert (found.output, found.exit_code) == (output, code)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"command": ["zsh", "-lc", "ls | wc"]}, Shell("ls | wc", "/w")),
        ({"command": ["ls", "a b"], "workdir": "../x"}, Shell("ls 'a b'", "/x")),
        ({"cmd": "ls", "workdir": "/y"}, Shell("ls", "/y")),
        ({"command": ["apply_patch", "<<'EOF'\nP\nEOF\n"]}, Patch("P", "/w")),
        ({"command": ["bash", "-lc", "apply_patch <<'E'\nP\nE"]}, Patch("P", "/w")),
        ({"command": ["bash", "-lc", "apply_patch <<'E'\nP\nE\nmake"]}, Shell("apply_patch <<'E'\nP\nE\nmake", "/w")),
        ({"command": ["bash", "-lc", "apply_patch '*** Begin Patch\nP'"]}, Patch("*** Begin Patch\nP", "/w")),
    ],
)
def test_what_a_shell_is_asked(given: object, wanted: object) -> None:
    assert asked("shell", given, "/w") == wanted


def test_what_is_no_command_is_a_call() -> None:
    assert [asked("shell", given, "/w").__class__.__name__ for given in ({}, {"command": [1]}, "no JSON", 7)] == [
        "Call"
    ] * 4


def test_names_of_tools() -> None:
    names = ["mcp__s__t", "s__t__u", "t", "__t", "s__"]
    assert [tool_name(name) for name in names] == ["s/t", "s/t__u", "t", "__t", "s__"]


def test_durations() -> None:
    told = [{"secs": 1, "nanos": 5 * 10**8}, "2.5s", 3, "7ms", {"secs": -1}, None]
    assert [duration(one) for one in told] == [1.5, 2.5, 3, None, None, None]
