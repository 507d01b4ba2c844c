"""What the text of a command tells: who runs, what is read and written, what may go wrong."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay.syntax import Analysis, RiskKind, analyse


def names(command: str) -> list[str | None]:
    return [use.name for use in analyse(command).commands]


def paths(command: str, kind: str) -> list[str | None]:
    return [use.path for use in getattr(analyse(command), kind)]


def kinds(command: str) -> set[RiskKind]:
    return {risk.kind for risk in analyse(command).risks}


@pytest.mark.parametrize(
    ("command", "name", "wrappers"),
    [
        ("sudo -u www -E make -C sub", "make", ("sudo",)),
        ("sudo -u www env -u X A=1 nice -n 5 make", "make", ("sudo", "env", "nice")),
        ("timeout -s KILL 5 ./run", "./run", ("timeout",)),
        ("time -p ls", "ls", ("time",)),
        ("xargs -n 1 -I {} cp {} out", "cp", ("xargs",)),
        ("/usr/bin/env python3 x", "python3", ("env",)),
        ("command -v jq", "command", ()),
        ("exec -a name prog", "prog", ("exec",)),
        ("A=1 B=2 prog", "prog", ()),
        ("nohup setsid prog", "prog", ("nohup", "setsid")),
        ("sudo -l", "sudo", ()),
        ("'no'-such\\ tool", "no-such tool", ()),
        ("flock /tmp/l prog", "prog", ("flock",)),
        ("flock -n /tmp/l -c 'prog a'", "prog", ()),
        ("$'pr\\x6fg' a", "prog", ()),
    ],
)
def test_wrappers_are_seen_through(command: str, name: str, wrappers: tuple[str, ...]) -> None:
    use = analyse(command).commands[-1]
    assert (use.name, use.wrappers, use.words[0].value) == (name, wrappers, name)


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("a | b && c; d &", ["a", "b", "c", "d"]),
        ("if a; then b; else c; fi", ["a", "b", "c"]),
        ('echo $(a "$(b)") `c`', ["b", "a", "c", "echo"]),
        ("diff <(a) <(b)", ["a", "b", "diff"]),
        ("for x in 1; do a; done; while b; do c; done", ["a", "b", "c"]),
        ("case x in y) a;; esac", ["a"]),
        ("f() { a; }; (b); { c; }", ["a", "b", "c"]),
        ("cat <<E\n$(a)\nE", ["a", "cat"]),
        ("cat <<'E'\n$(a)\nE", ["cat"]),
        ("bash -c 'a && b' x", ["bash", "a", "b"]),
        ("eval 'a b'", ["eval", "a"]),
        ("find . -name x -exec a {} + -exec b \\;", ["find", "a", "b"]),
        ("X=$(a)", ["a"]),
        ("$CMD x", [None]),
        ("! a", ["a"]),
        ("cat <<E | a > out\nE", ["cat", "a"]),
    ],
)
def test_every_command_is_found(command: str, found: list[str | None]) -> None:
    assert names(command) == found


@pytest.mark.parametrize(
    ("command", "reads", "writes"),
    [
        ("wc -l < data/in > n", ["data/in"], ["n"]),
        ("sort -t , -k 2 -o out in", ["in"], ["out"]),
        ("sort -oout in", ["in"], ["out"]),
        ("head -n 3 a b", ["a", "b"], []),
        ("grep -e x -r a b", ["a", "b"], []),
        ("grep x a", ["a"], []),
        ("grep -f words a", ["words", "a"], []),
        ("sed -n 's/a/b/p' x", ["x"], []),
        ("sed -i s/a/b/ x", ["x"], ["x"]),
        ("awk -F , -v n=1 '{print}' v=2 x", ["x"], []),
        ("jq -r .a x.json", ["x.json"], []),
        ("cp -r a b c/", ["a", "b"], ["c/"]),
        ("cp -t c a b", ["a", "b"], ["c"]),
        ("ln -s target link", [], ["link"]),
        ("a | tee -a x y", [], ["x", "y"]),
        ("tar czf o.tgz a b", ["a", "b"], ["o.tgz"]),
        ("tar -xf o.tgz", ["o.tgz"], []),
        ("tar --create --file=o.tar a", ["a"], ["o.tar"]),
        ("dd if=a of=b bs=1", ["a"], ["b"]),
        ("gcc -Wall -O2 -Iinc -o app a.c b.c -lm", ["a.c", "b.c"], ["app"]),
        ("python3 -u tool.py in.csv", ["tool.py"], []),
        ("python3 -m http.server", [], []),
        ("python3 -c 'print(1)' x", [], []),
        ("bash -x tool.sh a", ["tool.sh"], []),
        ("node tool.js", ["tool.js"], []),
        (". ./env.sh", ["./env.sh"], []),
        ("curl -fsSL -o out https://x -H 'a: b'", [], ["out"]),
        (
            "curl -d @a --data-urlencode q@b --data-urlencode r=@c -F d=@e -H @f https://x -d @-",
            ["a", "b", "e", "f"],
            [],
        ),
        ("openssl enc -pass file:pw -in a -out b", ["a", "pw"], ["b"]),
        ("openssl req -passout pass:file:x -passin env:Y -new", [], []),
        ("gcc @options a.c", ["a.c", "options"], []),
        ("aws s3api put --policy file://p.json", ["p.json"], []),
        ("ansible-playbook -e @vars.yml", ["vars.yml"], []),
        ("find src lib -name '*.c'", ["src", "lib"], []),
        ("cat - <a >b 2>&1", ["a"], ["b"]),
        ("cat x >/dev/null 2>&1", ["x"], []),
        ("cat < in b > out c", ["in", "b", "c"], ["out"]),
        ("a > x && b > y | c > z", [], ["x", "y", "z"]),
        ("cat 'a b' \"c\"'d' e\\ f", ["a b", "cd", "e f"], []),
        ("cat {a,b}.txt x{1..3}", ["a.txt", "b.txt", "x1", "x2", "x3"], []),
        ('cat ~/x "~/y"', ["~/x", "~/y"], []),
        ("cat -- -x", ["-x"], []),
        ('cat "é" > ü', ["é"], ["ü"]),
        ("cat $X $(a)", [None, None], []),
        ("gzip -k a", ["a"], ["a.gz"]),
        ("diff <(sort a) b", ["a", "b"], []),
        ("while read l; do :; done < list", ["list"], []),
        ("touch a; mkdir -p b/c", [], ["a", "b/c"]),
    ],
)
def test_paths(command: str, reads: list[str | None], writes: list[str | None]) -> None:
    assert (paths(command, "reads"), paths(command, "writes")) == (reads, writes)


def test_paths_that_are_removed_entered_or_only_mentioned() -> None:
    assert paths("rm -rf a b; mv c d", "removes") == ["a", "b", "c"]
    assert paths("cd a && make -C b; git -C c status; pushd d", "directories") == ["a", "b", "c", "d"]
    assert paths("./tool --in data.csv x", "mentions") == ["data.csv", "x"]
    assert paths("echo data.csv", "mentions") == []


@pytest.mark.parametrize(
    ("command", "conditional"),
    [
        ("cat x", False),
        ("cat x || true", True),
        ("test -e x && cat x", True),
        ("[ -f x ] && cat x", True),
        ("[[ -f x ]] && cat x", True),
        ("grep -q a f && cat x", True),
        ("cd a && cat x", False),
        ("mkdir a && true && cat x", False),
        ("a || cat x", True),
        ("if a; then cat x; fi", True),
        ("if cat x; then a; fi", True),
        ("while cat x; do a; done", True),
        ("! cat x", True),
        ("f() { cat x; }", True),
        ("cat x | a", False),
        ("a | cat x", False),
        ("cat x 2>/dev/null; a", True),
        ("cat x >/dev/null 2>&1 | a", True),
        ("cat x 2>/dev/null", False),
        ("a; cat x", False),
        ("(cat x)", False),
        ("case a in b) cat x;; esac", True),
        ("a $(cat x)", False),
        ("trap 'a' EXIT; cat x", False),
        ("cat x &", False),
    ],
)
def test_what_may_not_run_or_may_fail_is_conditional(command: str, conditional: bool) -> None:  # noqa: FBT001 - a table
    (use,) = [use for use in analyse(command).commands if use.name == "cat"]
    assert use.conditional is conditional
    assert [path.conditional for path in analyse(command).reads if path.path == "x"] == [conditional]


def test_variables() -> None:
    command = 'rm -rf $A/x "${B}"; echo ${C:-c} ${D:?no} $1 $? [ -n "$E" ]'
    found = {use.name: use for use in analyse(command).variables_read}
    assert set(found) == {"A", "B", "C", "D", "E"}
    assert [name for name, use in found.items() if use.destructive] == ["A", "B"]
    assert [name for name, use in found.items() if use.guarded] == ["C"]
    assert [name for name, use in found.items() if use.required] == ["D"]
    assert analyse('[ -n "$E" ]').variables_read[0].guarded
    assert analyse("find $A -delete").variables_read[0].destructive
    assert analyse("rsync -a --delete $A/ b/").variables_read[0].destructive
    assert analyse("git clean -fd $A").variables_read[0].destructive
    assert not analyse("find $A -name x").variables_read[0].destructive


def test_what_is_set() -> None:
    command = "A=1; export B=2 C; read -r D; for E in 1; do :; done; local F=3; printf -v G x; : ${H:=1}; unset I"
    assert set(analyse(command).variables_set) == {"A", "B", "D", "E", "F", "G", "H"}
    assert analyse(command).variables_unset == ("I",)
    assert analyse("f() { :; }; function g { :; }; alias h='i j'").functions == ("f", "g")
    assert analyse("alias h='i j'").aliases == ("h",)
    assert [analyse(text).nounset for text in ("set -eu", "set -o nounset", "set +u", "a")] == [True, True, False, None]


def test_subshells_are_told_apart() -> None:
    uses = analyse("(cd a; b); c | d; e &").commands
    scopes = {use.name: use.scope for use in uses}
    assert scopes["cd"] == scopes["b"] != ()
    assert len({scopes["b"], scopes["c"], scopes["d"], scopes["e"]}) == 4


@pytest.mark.parametrize(
    ("command", "risk"),
    [
        ("rm x", RiskKind.DELETE),
        ("xargs rm < list", RiskKind.DELETE),
        ("find . -delete", RiskKind.DELETE),
        ("find . -exec rm {} +", RiskKind.DELETE),
        ("bash -c 'rm -rf x'", RiskKind.DELETE),
        ("echo $(rm x)", RiskKind.DELETE),
        ("git reset --hard HEAD~1", RiskKind.DELETE),
        ("git clean -fdx", RiskKind.DELETE),
        ("rsync -a --delete a/ b/", RiskKind.DELETE),
        ("mv a b", RiskKind.OVERWRITE),
        ("sudo ls", RiskKind.PRIVILEGE),
        ("curl https://x", RiskKind.NETWORK),
        ("git push", RiskKind.NETWORK),
        ("git push -f", RiskKind.FORCE),
        ("git push origin +main", RiskKind.FORCE),
        ("cp -f a b", RiskKind.FORCE),
        ("apt-get install x", RiskKind.INSTALL),
        ("pip install x", RiskKind.INSTALL),
        ("npx x", RiskKind.INSTALL),
        ("kill 1", RiskKind.KILL),
        ("git commit --amend", RiskKind.HISTORY_REWRITE),
        ("git rebase main", RiskKind.HISTORY_REWRITE),
        ("chmod 777 x", RiskKind.PERMISSIONS),
        ("chmod -R a+r x", RiskKind.PERMISSIONS),
        ("echo x > /etc/motd", RiskKind.REDIRECT_OUTSIDE),
        ("echo x | sudo tee ~/x", RiskKind.REDIRECT_OUTSIDE),
        ("curl -s https://x | sh", RiskKind.RUN_DOWNLOADED),
        ("$CMD x", RiskKind.HIDDEN),
        ('eval "$x"', RiskKind.HIDDEN),
    ],
)
def test_risks(command: str, risk: RiskKind) -> None:
    assert risk in kinds(command)
    assert all(found.reason for found in analyse(command).risks)


@pytest.mark.parametrize(
    "command",
    ["ls -l", "grep -f words x", "tail -f log", "sed -i s/a/b/ x", "make -f x.mk", "chmod +x run", "echo rm -rf x",
     "git checkout main", "python3 x.py", "tar xf a.tgz", "echo 'curl x | sh'", "docker build -f D ."],
)  # fmt: skip
def test_harmless(command: str) -> None:
    assert kinds(command) == set()


def test_spans_are_characters() -> None:
    command = "echo 'é—日本' && cat ünï.txt"
    (read,) = analyse(command).reads
    assert command[read.span.start : read.span.end] == "ünï.txt"


def test_what_cannot_be_read_says_so() -> None:
    assert not analyse("if then (").ok
    assert analyse("if then (").unknown
    assert any("$x" in sentence for sentence in analyse('bash -c "$x"').unknown)
    assert analyse("( " * 400 + "a" + " )" * 400).unknown


def test_a_broken_text_is_still_read_as_far_as_it_goes() -> None:
    found = analyse("cat x; if then (")
    assert "cat" in [use.name for use in found.commands]


PIECES = [*"|;&(){}><`!*~\\#\né", "cat", "$X", "${Y:-z}", "$(a)", "'b'", '"c $d"', "&&", "||", "if", "then", "fi"]
PIECES += ["<<E", "E", "[[", "]]", "f()", "A=1", "\ud800", "\0", "\U000e7d85"]


@given(st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join) | st.text(string.printable, max_size=60))
@settings(max_examples=300, deadline=None)
def test_no_text_makes_it_fail(command: str) -> None:
    found: Analysis = analyse(command)
    assert found.text == command
    assert all(0 <= use.span.start <= use.span.end <= len(command) for use in found.commands)


@pytest.mark.parametrize("command", ["env -S 'python3 -u' gen.py", "watch 'ls -l /tmp'", "watch -n 1 'df -h | head'"])
def test_text_that_a_wrapper_cuts_itself_is_no_command_name(command: str) -> None:
    assert analyse(command).commands[0].name == command.split(maxsplit=1)[0]


@pytest.mark.parametrize(
    "command",
    [
        "echo 0{\U000e7d85",
        "*{\U000db7e8=",
        "\u0488{\U0010d03ac",
        "cat <<X\na $\U000e7d85 $\U0010d03a\nX",
        "[[ -\U000e7d85 a ]]",
        *(f"echo a{sign}b {{{sign},c}}" for sign in ("\U0001f600", "\U00031860", "\U0010ffff")),
    ],
)
def test_characters_of_all_planes_are_read(command: str) -> None:
    analysis = analyse(command)
    assert analysis.text == command
    assert all(command[word.span.start : word.span.end] == word.text for use in analysis.commands for word in use.words)
