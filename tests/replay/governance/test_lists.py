"""What the user's lists make of commands, however those are wrapped, quoted or spelt."""

import pytest

from replay.governance.lists import Known, Listed, Lists, Ruled
from replay.governance.patterns import read_pattern

DENY = ("git push --force", "rm -r", "curl", "sudo")
ALLOW = ("git", "make test", "cp", "cat", "npm run *", "sudo systemctl restart *")


def listed(*patterns: str) -> tuple[Listed, ...]:
    return tuple(
        Listed(pattern, f"policy.toml:{line}")
        for line, text in enumerate(patterns, 1)
        if (pattern := read_pattern(text)) is not None
    )


def judged(command: str, *, allow: tuple[str, ...] | None = None, deny: tuple[str, ...] = DENY) -> Ruled | None:
    lists = Lists(allow=None if allow is None else listed(*allow), deny=listed(*deny))
    return lists.judge(command, "bash", Known())


DENIED = [
    "git push --force",
    "git push origin main --force",
    "git -C deep push --force",
    "git push --forc origin",
    "git 'push' \"--force\"",
    "g''it push --force",
    "\\rm -r x",
    "rm -fr x",
    "command rm -r x",
    "/opt/bin/curl x",
    "sh -c 'cd x && git push --force'",
    "bash -c \"sh -c 'curl x'\"",
    "eval 'curl x'",
    "bash <<'E'\ncurl x\nE",
    "env A=1 nice -n 5 timeout 5 curl x",
    "find . -name x -exec rm -r {} +",
    "ls | xargs -n1 rm -rf",
    "ls | xargs -I{} sh -c 'rm -r {}'",
    "echo $(curl x)",
    "echo `curl x`",
    "cat <(curl x)",
    "(cd x; curl y)",
    "if true; then curl x; fi",
    'f() { rm -r "$1"; }',
    "trap 'rm -r x' EXIT",
    "alias r='rm -r'; r x",
    "alias r=rm; r -r x",
    "sudo ls",
    "sudo -u web env ls",
    "su -c 'curl x'",
    "A=1 curl x",
    "! curl x",
    "time curl x",
]
MAY_BE_DENIED = ["ls | xargs rm", "rm $options x", "git $words", "git push $more", 'git "$verb" --force']
LET_BE = [
    "git push",
    "git push --force-with-lease",
    "git commit -m 'push --force'",
    "git commit -m push --force",
    "rm x",
    'rm "$file"',
    "echo curl",
    "git push -- --force",
    "cat curl",
]
UNTOLD = ['eval "$text"', "$tool x", 'sh -c "$text"', "bash <<< 'curl x'", "cat x | bash", "env -S 'curl x'"]


@pytest.mark.parametrize("command", DENIED)
def test_what_is_denied_is_denied_however_it_is_put(command: str) -> None:
    found = judged(command)
    assert found is not None, command
    assert found.denied
    assert found.message.startswith("policy.toml:")


@pytest.mark.parametrize("command", MAY_BE_DENIED)
def test_what_may_turn_out_to_be_denied_is_denied(command: str) -> None:
    found = judged(command)
    assert found is not None, command
    assert found.denied
    assert found.message.startswith("may turn out to be what policy.toml:")


@pytest.mark.parametrize("command", LET_BE)
def test_what_is_not_denied_may_run(command: str) -> None:
    assert judged(command) is None


@pytest.mark.parametrize("command", UNTOLD)
def test_what_the_tree_cannot_tell_is_unknown_under_a_deny_list_and_denied_under_an_allow_list(command: str) -> None:
    found = judged(command)
    assert found is not None
    assert not found.denied
    strict = judged(command, allow=("eval", "sh", "bash", "env", "cat"))
    assert strict is not None
    assert strict.denied


@pytest.mark.parametrize(
    "command",
    [
        "git status",
        "/usr/bin/git status",
        "cd x && git log | cat",
        "make -C deep test",
        "make test -j4",
        "npm run build",
        "npm run",
        "sh -c 'git status'",
        "eval 'git status'",
        "env A=1 nice cp a b",
        "ls_all() { git status; }; ls_all",
        "sudo systemctl restart nginx",
        "if [ -e a ]; then cp a b; fi",
        "for f in a b; do cat $f; done",
    ],
)
def test_an_allow_list_lets_what_it_names_run(command: str) -> None:
    assert judged(command, allow=ALLOW, deny=()) is None


@pytest.mark.parametrize(
    "command",
    [
        "make clean",
        "make -Z test clean",
        "npm install",
        "sh -c 'git status; rm x'",
        "echo $(rm x)",
        "sudo git status",
        "sudo systemctl stop nginx",
        "./git status",
        "./script.sh",
        "source env.sh",
        "f() { rm x; }; f",
        "cp a b; ls",
    ],
)
def test_an_allow_list_denies_the_rest(command: str) -> None:
    found = judged(command, allow=ALLOW, deny=())
    assert found is not None, command
    assert found.denied


def test_deny_wins_over_allow() -> None:
    found = judged("git push", allow=("git",), deny=("git push",))
    assert found is not None
    assert found.rule is not None
    assert (found.denied, found.rule.pattern.text, found.rule.source) == (True, "git push", "policy.toml:1")


def test_names_that_earlier_steps_defined_keep_their_meaning() -> None:
    known = Known().after("alias g='git push'; b() { cp a b; }", "bash")
    lists = Lists(allow=listed("cp"), deny=listed("git push --force"))
    assert lists.judge("b", "bash", known) is None
    found = lists.judge("g --force", "bash", known)
    assert found is not None
    assert found.rule is not None
    assert Lists(deny=listed("git push --force")).judge("g", "bash", known) is None
    assert Lists(allow=listed("ls")).judge("ls", "bash", Known().after("alias ls='ls -a'", "bash")) is None


def test_another_shells_text_is_denied_where_only_named_commands_may_run() -> None:
    text = "for f in *; curl $f; end"
    found = Lists(deny=listed("curl")).judge(text, "fish", Known())
    assert found is not None
    assert found.denied
    assert Lists(allow=listed("curl")).judge(text, "fish", Known()) is not None


def test_without_lists_nothing_is_said() -> None:
    assert Lists().judge("curl x", "bash", Known()) is None


@pytest.mark.parametrize("text", ["", "  ", "-f", "git 'push"])
def test_what_is_no_pattern(text: str) -> None:
    assert read_pattern(text) is None


def test_lists_name_tools_by_what_their_calls_begin_with() -> None:
    call = 'tool:files/write {"path":"rm -rf /"}'
    assert judged(call, deny=()) is None
    assert judged(call) is None
    denied = judged(call, deny=("tool:files/*",))
    assert denied is not None
    assert denied.denied
    assert judged(call, allow=("make", "tool:files/write"), deny=()) is None
    refused = judged(call, allow=("make",), deny=())
    assert refused is not None
    assert refused.message == "no allow pattern of your policy names tool:files/write"
