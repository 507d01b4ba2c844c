"""People's own set-ups, the real ones where they are installed: they keep working, and steps stay right."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from capture.wire import SessionMode
from tests.capture.conftest import Start
from tests.capture.driving import Driver

PROMPTS = {
    "starship": 'eval "$(starship init {shell})"',
    "powerlevel9k": "source /usr/share/powerlevel9k/powerlevel9k.zsh-theme",
    "asynchronous": """
PROMPT='first> '
answer() { local line; read -r line <&$1; zle -F $1; exec {1}<&-; PROMPT="$line> "; zle reset-prompt }
precmd() { exec {answers}< <(echo later); zle -F $answers answer }
""",
    "two lines": "PS1=$'first line\\n> '",
}
"""`asynchronous` redraws itself as pure and powerlevel10k do."""
OF_ZSH = ("powerlevel9k", "asynchronous")


def begun(start: Start, home: Path, shell: str, rc: str) -> Driver:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    (home / ".bashrc").write_text(rc, encoding="utf-8")
    (home / ".zshrc").write_text(rc, encoding="utf-8")
    return start(SessionMode.TYPED, shell=shell)


def stay_right(driver: Driver) -> None:
    typed = {"echo one; (exit 3)": ("one\n", 3), "mkdir d; cd d": ("", 0), "printf two": ("two", 0)}
    steps = {command: driver.type_command(command) for command in typed}
    assert {command: (step.output, step.exit_code) for command, step in steps.items()} == typed
    assert [step.command for step in steps.values()] == list(typed)
    assert driver.type_command("cd ..").cwd_after == driver.spec.cwd


@pytest.mark.parametrize(
    ("shell", "prompt"),
    [(shell, prompt) for shell in ("bash", "zsh") for prompt in PROMPTS if shell == "zsh" or prompt not in OF_ZSH],
)
def test_prompts_do_no_harm(start: Start, own_world: Path, shell: str, prompt: str) -> None:
    if prompt == "starship" and shutil.which("starship") is None:
        pytest.skip("starship is not installed")
    if prompt == "powerlevel9k" and not Path("/usr/share/powerlevel9k").exists():
        pytest.skip("powerlevel9k is not installed")
    driver = begun(start, own_world, shell, PROMPTS[prompt].replace("{shell}", shell))
    if prompt == "asynchronous":
        driver.wait_for_shown(b"later")
    stay_right(driver)


@pytest.mark.parametrize(("shell", "term"), [("bash", "dumb"), ("bash", "xterm"), ("zsh", "dumb")])
def test_a_prompt_wider_than_a_window_that_scrolls_sideways_does_no_harm(
    start: Start, own_world: Path, monkeypatch: pytest.MonkeyPatch, shell: str, term: str
) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    monkeypatch.setenv("TERM", term)
    (own_world / ".inputrc").write_text("set horizontal-scroll-mode on\n", encoding="utf-8")
    for rc in (".bashrc", ".zshrc"):
        (own_world / rc).write_text(f"PS1='{'wide ' * 20}> '\n", encoding="utf-8")
    driver = start(SessionMode.HANDED, shell=shell)
    assert [driver.run(command).output for command in ("echo one", "echo two")] == ["one\n", "two\n"]


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_direnv_works_and_does_no_harm(start: Start, own_world: Path, shell: str) -> None:
    if shutil.which("direnv") is None:
        pytest.skip("direnv is not installed")
    driver = begun(start, own_world, shell, f'eval "$(direnv hook {shell})"')
    stay_right(driver)
    driver.type_command("echo 'export FROM_ENVRC=yes' >.envrc; direnv allow")
    assert driver.type_command("echo $FROM_ENVRC").output == "yes\n"


def bash_preexec() -> Path | None:
    """The real one, wherever it is: the Python package of its author holds it too."""
    bashhub = find_spec("bashhub")
    own = [Path(folder, "shell/deps") for folder in (bashhub and bashhub.submodule_search_locations) or ()]
    places = [folder / "bash-preexec.sh" for folder in (*own, Path("/usr/share/bash-preexec"))]
    named = os.environ.get("PYTEST_BASH_PREEXEC")
    return next((path for path in (*([Path(named)] if named else []), *places) if path.exists()), None)


def test_bash_preexec_works_and_does_no_harm(start: Start, own_world: Path) -> None:
    script = bash_preexec()
    if script is None:
        pytest.skip("bash-preexec is not here; `pip install --no-deps bashhub` brings it")
    rc = f"source {script}\nHISTCONTROL=ignoredups\n"
    rc += 'preexec() { echo "$1" >>~/seen; }\nprecmd() { echo $? >>~/ended; }\n'
    driver = begun(start, own_world, "bash", rc)
    stay_right(driver)
    driver.type_command("echo last")
    seen = (own_world / "seen").read_text().splitlines()
    assert [line for line in seen if "__rb" not in line][-2:] == ["cd ..", "echo last"]
    assert "3" in (own_world / "ended").read_text().split()


TRAPS = {
    "set -x": ["+ echo hi\nhi\n", "+ exit 3\n"],
    "trap 'echo seen' DEBUG": ["seen\nhi\n", ""],
    "trap 'echo seen' DEBUG; set -T": ["seen\nhi\n", "seen\n"],
    "trap 'echo err' ERR": ["hi\n", "err\n"],
    "trap 'echo left' RETURN EXIT": ["hi\n", ""],
    # Bash prints it behind all that it expands, so behind our mark.
    "PS0='mine '": ["mine hi\n", "mine "],
    "PROMPT_COMMAND='echo $? >>~/statuses'": ["hi\n", ""],
    "PROMPT_COMMAND=('echo $? >>~/statuses' 'true')": ["hi\n", ""],
    "set -e; set +e": ["hi\n", ""],
}


@pytest.mark.parametrize("rc", TRAPS)
def test_what_bash_traces_and_traps_is_of_commands_alone(start: Start, own_world: Path, rc: str) -> None:
    driver = begun(start, own_world, "bash", "PS4='+ '")
    driver.type_command(rc)
    said, failed = driver.type_command("echo hi"), driver.type_command("(exit 3)")
    assert [said.output, failed.output] == TRAPS[rc]
    assert (said.exit_code, failed.exit_code) == (0, 3)
    assert driver.type_command("echo on").output.endswith("on\n")


@pytest.mark.parametrize(
    ("rc", "outputs"),
    [
        ("setopt xtrace", ["+ echo hi\nhi\n", "+ exit 3\n"]),
        ("trap 'echo seen' DEBUG", ["seen\nhi\n", "seen\nseen\n"]),
        ("TRAPZERR() { echo err }", ["hi\n", "err\n"]),
        ("precmd() { echo of the prompt }", ["hi\n", ""]),
        ("setopt err_exit; setopt no_err_exit", ["hi\n", ""]),
    ],
)
def test_what_zsh_traces_and_traps_is_of_commands_alone(
    start: Start, own_world: Path, rc: str, outputs: list[str]
) -> None:
    driver = begun(start, own_world, "zsh", "PS4='+ '")
    driver.type_command(rc)
    said, failed = driver.type_command("echo hi"), driver.type_command("(exit 3)")
    assert [said.output, failed.output] == outputs
    assert (said.exit_code, failed.exit_code) == (0, 3)


HIDDEN = {
    "f() { :; }": True,
    "true; function f { :; }": True,
    "eval 'f() { :; }'": True,
    "e='f() { :; }'; eval \"$e\"": True,
    ". ./defines": True,
    "true | true && . ./defines": True,
    "maker": True,
    "true; maker": True,
    "making": True,
    "through": True,
    "nothing . ./defines": True,
    'X=1 eval "f() { :; }"': True,
    "if true; then maker; fi": True,
    "{ maker; }": True,
    "! maker": True,
    "command eval 'f() { :; }'": True,
    "\\maker": True,
    "'maker'": True,
    "$(echo maker)": True,
    "time maker": True,
    "mapfile -C maker -c 1 x <defines": True,
    "(f() { :; })": False,
    "echo $(maker)": False,
    "bash -c 'f() { :; }'": False,
}
"""Whether a command leaves a function `f` behind."""


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_every_way_to_define_a_function_is_told(start: Start, own_world: Path, shell: str) -> None:
    rc = "maker() { f() { :; }; }\nalias making=maker through='true && making' nothing='' self='self x'\n"
    driver = begun(start, own_world, shell, rc)
    driver.type_command("echo 'f() { :; }' >defines")
    wrong = []
    for command, defines in HIDDEN.items():
        if shell == "zsh" and command.startswith(("mapfile", "command")):
            continue
        told = "f" in driver.type_command(command).env_effects.functions
        undone = "f" in driver.type_command("unset -f f").env_effects.functions_unset
        if (told, undone) != (defines, defines):
            wrong.append(command)
    assert not wrong


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_an_activated_environment_is_an_effect(start: Start, own_world: Path, tmp_path: Path, shell: str) -> None:
    folder = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    driver = begun(start, own_world, shell, "PS1='> '; export PS1\n")
    effects = driver.type_command(f"source {folder}/bin/activate").env_effects
    assert effects.set["VIRTUAL_ENV"] == str(folder)
    assert effects.set["PATH"].split(":")[0] == f"{folder}/bin"
    assert "(venv)" in effects.set["PS1"]
    assert set(effects.functions) == {"deactivate"}
    undone = driver.type_command("deactivate").env_effects
    assert "VIRTUAL_ENV" in undone.unset
    assert undone.set["PATH"].split(":")[0] != f"{folder}/bin"
    assert undone.functions_unset == ("deactivate",)
