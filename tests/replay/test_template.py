"""Placeholders: whatever a value holds, the shell reads exactly that value."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capture.errors import BadInputError
from replay import template

SHOW = "printf '%s\\0'"
ANY = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"])
    | st.sampled_from(list("'\"\\$`!{}[]()<>|&;*?~#\n\t =-%")),
    max_size=12,
)
AT = {
    "bare": f"{SHOW} {{{{x}}}}",
    "glued": f"{SHOW} a{{{{x}}}}b",
    "after a dollar": f"{SHOW} ${{{{x}}}}b",
    "double": f'{SHOW} "a{{{{x}}}}b"',
    "double after a dollar": f'{SHOW} "${{{{x}}}}"',
    "single": f"{SHOW} 'a{{{{x}}}}b'",
    "ansi": f"{SHOW} $'a{{{{x}}}}b'",
    "assignment": f'A={{{{x}}}}; {SHOW} "$A"',
    "assignment for one command": f'A={{{{x}}}} bash -c "{SHOW} \\"\\$A\\""',
    "export": f'export A={{{{x}}}}; {SHOW} "$A"',
    "array": f'A=(1 {{{{x}}}}); {SHOW} "${{A[1]}}"',
    "loop": f'for A in {{{{x}}}}; do {SHOW} "$A"; done',
    "stand-in": f"{SHOW} ${{UNSET:-{{{{x}}}}}}",
    "inside a substitution": f'A="$({SHOW[:-3]}.\' {{{{x}}}})"; {SHOW} "${{A%.}}"',
    "inside backticks": f'A=`{SHOW[:-3]}.\' {{{{x}}}}`; {SHOW} "${{A%.}}"',
    "test": f"[[ {{{{x}}}} == {{{{x}}}} ]] && {SHOW} {{{{x}}}}",
    "case": f"case {{{{x}}}} in {{{{x}}}}) {SHOW} {{{{x}}}};; esac",
}
WRAPPED = {"glued": ("a", "b"), "double": ("a", "b"), "single": ("a", "b"), "ansi": ("a", "b")}
WRAPPED |= {"after a dollar": ("$", "b"), "double after a dollar": ("$", "")}


def run(command: str) -> bytes:
    return subprocess.run(["bash", "-c", command], capture_output=True, check=True).stdout


@pytest.mark.parametrize("place", sorted(AT))
@given(value=ANY)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_shell_reads_exactly_the_value(place: str, value: str) -> None:
    before, after = WRAPPED.get(place, ("", ""))
    command = template.render_shell(AT[place], {"x": value})
    assert run(command) == f"{before}{value}{after}\0".encode(), command


@given(value=ANY)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_heredoc_holds_exactly_the_value(value: str) -> None:
    for opening in ("<<END", "<<'END'", '<<"END"'):
        command = template.render_shell(f"cat {opening}\na {{{{x}}}} $((1+1)) b\nEND", {"x": value})
        sum_ = "2" if opening == "<<END" else "$((1+1))"
        assert run(command) == f"a {value} {sum_} b\n".encode(), command


@given(value=ANY.map(lambda text: text.replace("'", "")))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_quoted_stand_in_is_exactly_the_value(value: str) -> None:
    command = template.render_shell(f'{SHOW} "${{UNSET:-{{{{x}}}}}}"', {"x": value})
    assert run(command) == f"{value}\0".encode(), command


def test_plain_values_stay_readable() -> None:
    values = {"p": "/srv/app-1.2/x_y", "n": "8000"}
    assert (
        template.render_shell("cat {{p}}/in '{{p}}' -p {{n}}", values)
        == "cat /srv/app-1.2/x_y/in '/srv/app-1.2/x_y' -p 8000"
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("echo $(( {{x}} + 1 ))", "a[$(touch made)]"),
        ("(( {{x}} > 1 ))", "1 ))"),
        ("cat <<END\n{{x}}\nEND", "END"),
        ("cat <<END\nE{{x}}\nEND", "ND"),
        ("cat <<-END\n{{x}}\n\tEND", "\tindented"),
        ("{{x}}=1", "A B"),
        ('echo "${UNSET:-{{x}}}"', "it's"),
        ("echo {{x}}", "a\0b"),
        ("if then fi ( {{x}}", "; touch made"),
    ],
)
def test_where_a_value_cannot_be_written_it_is_refused(text: str, value: str) -> None:
    with pytest.raises(BadInputError, match=r"\{\{x\}\}"):
        template.render_shell(text, {"x": value})


def test_numbers_may_stand_in_arithmetic() -> None:
    assert run(template.render_shell("echo $(( {{x}} + 1 ))", {"x": "41"})) == b"42\n"


def test_a_number_before_a_redirect_is_no_descriptor(tmp_path: Path) -> None:
    command = template.render_shell(f"cd {tmp_path}; echo {{{{x}}}}> out", {"x": "2"})
    run(command)
    assert (tmp_path / "out").read_text() == "2\n"


def test_a_value_is_never_a_keyword_or_an_operator() -> None:
    assert template.render_shell("{{x}} a", {"x": "if"}) == "'if' a"
    assert run(template.render_shell("[[ {{x}} == -f ]] && echo same", {"x": "-f"})) == b"same\n"


def test_escaped_braces_are_text() -> None:
    assert template.names(r"docker ps \{{x}} {{y}} {{.Names}}") == {"y"}
    assert template.render(r"\{{x}} {{y}} {{.Names}}", {"y": "1"}) == "{{x}} 1 {{.Names}}"
    assert template.render_shell(r"echo '\{{x}}' {{y}}", {"y": "1"}) == "echo '{{x}}' 1"


@given(text=st.text(st.sampled_from("{}\\ab "), max_size=12))
def test_an_escaped_text_renders_to_itself(text: str) -> None:
    assert template.render(template.escape(text), {}) == text
    assert not template.names(template.escape(text))


def test_a_missing_value_is_named() -> None:
    with pytest.raises(BadInputError, match=r"\{\{port\}\} has no value.*--set port=VALUE"):
        template.render("{{port}}", {})


@pytest.mark.parametrize(
    ("command", "value", "lifted"),
    [
        ("cat /w/proj/src /w/project2", "/w/proj", "cat {{v}}/src /w/project2"),
        ("cat '/w/proj' \"/w/proj/a b\"", "/w/proj", "cat '{{v}}' \"{{v}}/a b\""),
        ("cc -I/w/proj/include -o x file:///w/proj", "/w/proj", "cc -I{{v}}/include -o x file://{{v}}"),
        ("cat ../w/proj /w/proj.tar /w/proj-2 /w/proj~", "/w/proj", "cat ../w/proj /w/proj.tar /w/proj-2 /w/proj~"),
        ("cat /w/my\\ proj/x '/w/my proj'", "/w/my proj", "cat {{v}}/x '{{v}}'"),
        ("git checkout main; echo domain --main", "main", "git checkout {{v}}; echo domain --main"),
        ("echo > out-1b4e28ba-2fa1/state", "1b4e28ba-2fa1", "echo > out-{{v}}/state"),
        ("curl localhost:8000/18000 1.8000", "8000", "curl localhost:{{v}}/18000 1.8000"),
        ("cat <<END\nroot=/w/proj\nEND", "/w/proj", "cat <<END\nroot={{v}}\nEND"),
        ("echo $(ls /w/proj) ${main}", "/w/proj", "echo $(ls {{v}}) ${main}"),
        ("cat {{main}} \\{{.Names}}", "main", "cat {{main}} \\{{.Names}}"),
        ("cat *.csv", "*.csv", "cat *.csv"),
        ("echo '\\main'", "main", "echo '\\main'"),
        ("cat /etc/x", "/", "cat /etc/x"),
    ],
)
def test_lifting_at_token_borders(command: str, value: str, lifted: str) -> None:
    assert template.lift(command, value, "v") == lifted


@given(value=ANY.filter(str.strip), other=ANY)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_lifted_renders_to_the_same_command(value: str, other: str) -> None:
    """The shell must read the same words from the recorded command and from its template."""
    recorded = template.render_shell(f"{SHOW} {{{{x}}}} \"{{{{x}}}}\" '{{{{x}}}}' {{{{y}}}}", {"x": value, "y": other})
    lifted = template.lift(template.escape(recorded), value, "x")
    assert run(template.render_shell(lifted, {"x": value})) == run(recorded), lifted


def test_lifting_from_plain_text() -> None:
    assert (
        template.lift_text("wrote /w/proj/a, /w/proj. /w/project", "/w/proj", "p") == "wrote {{p}}/a, {{p}}. /w/project"
    )
    assert template.lift_text("7 records, 17 ids, {{7}}", "7", "n") == "{{n}} records, 17 ids, {{7}}"
