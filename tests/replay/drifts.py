"""Random pieces of work over real tools, and random ways in which their start drifts: texts alone, nothing is run.

`work(seed)` is what somebody does in a terminal, `drifts(work, seed, count)` are starts that differ from its own. Both
are the same for the same seed. `tests.replay.drifting` makes worlds of them.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from shlex import quote

WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "iris", "juniper", "kelp", "lotus")
START = """\
mkdir -p docs lists
printf 'name,group,amount\\nada,red,5\\nbob,blue,7\\ncyd,red,9\\ndee,green,2\\n' > people.csv
printf 'amber\\ndelta\\nbirch\\ndelta\\ncedar\\n' > words.txt
printf '[site]\\ntitle = harbour\\nmode = draft\\nport = none\\n' > site.ini
printf '# Notes\\n\\nfirst line\\nsecond line\\n' > docs/notes.md
printf 'iris\\nlotus\\n' > lists/one.txt
printf 'grove\\nheron\\n' > lists/two.txt
printf '\\000\\001\\002kelp\\377' > logo.bin
cat > report.py <<'E'
import sys, csv
rows = list(csv.DictReader(open(sys.argv[1])))
groups = sorted({row["group"] for row in rows})
for group in groups:
    print(group, sum(int(row["amount"]) for row in rows if row["group"] == group))
print("rows", len(rows))
E
cat > split.py <<'E'
import pathlib, sys
for word in pathlib.Path(sys.argv[1]).read_text().split():
    pathlib.Path(sys.argv[2], word + ".item").write_text(word.upper() + "\\n")
E
cat > "$ROOT/bin/frame" <<'E'
#!/bin/sh
echo "== $1"
cat "$1"
echo "=="
E
cat > "$ROOT/bin/tally" <<'E'
#!/bin/sh
wc -l < "$1" | tr -d ' '
E
chmod 755 "$ROOT/bin/frame" "$ROOT/bin/tally"
"""
REPOSITORY = """\
git init -q -b main . && git add people.csv words.txt docs && git commit -qm start
git branch side && git tag v-one
"""
TEXTS = ("people.csv", "words.txt", "site.ini", "docs/notes.md", "lists/one.txt", "lists/two.txt")
VARIABLES = {"GREETING": "good morning", "LEVEL": "quiet"}


@dataclass(frozen=True)
class Work:
    """What is done, and where it begins.

    Attributes:
        setup: Bash text that makes the start, run in an empty folder; `$ROOT/bin` is on PATH.
        commands: In one shell, in order.
        targets: Paths that commands make which the start does not have.
        repository: Whether the start is a git repository.
    """

    setup: str
    commands: tuple[str, ...]
    targets: tuple[str, ...]
    repository: bool


@dataclass(frozen=True)
class Drift:
    """One way in which a start is another one.

    Attributes:
        kind: What sort of thing differs.
        text: Bash text that is run in the start.
        environment: Variables that differ; None: unset.
    """

    kind: str
    text: str = ":"
    environment: dict[str, str | None] = field(default_factory=dict)


def work(seed: int, *, steps: int = 5) -> Work:
    """A random piece of work.

    Args:
        seed: Tells which.
        steps: Commands that it has at least.
    """
    writer = _Writer(random.Random(seed))  # noqa: S311 -- the seed tells the work
    while len(writer.commands) < steps:
        writer.step()
    return Work(
        setup=START + (REPOSITORY if writer.repository else ""),
        commands=tuple(writer.commands),
        targets=tuple(writer.made),
        repository=writer.repository,
    )


def drifts(of: Work, seed: int, count: int) -> tuple[Drift, ...]:
    """Random drifts of a work's start, half of them or more of what its commands name."""
    chance = random.Random(f"{seed} drifts")  # noqa: S311 -- as above
    return tuple(_drift(of, chance) for _ in range(count))


class _Writer:
    """Writes commands that do something with what is there."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.repository = chance.random() < 0.5
        self.commands: list[str] = []
        self.made: list[str] = []
        self._texts = [*TEXTS]
        self._branch = "main"
        self._kinds: tuple[Callable[[], None], ...] = (
            self._write, self._write, self._append, self._copy, self._copy_into, self._copy_each, self._move,
            self._edit, self._filter, self._filter, self._sort, self._pack, self._script, self._scatter, self._tool,
            self._tool, self._variable, self._link, self._mode, self._remove, self._look, self._binary,
        )  # fmt: skip
        self._git_kinds: tuple[Callable[[], None], ...] = (
            self._commit, self._commit, self._commit_all, self._new_branch, self._merge, self._show, self._tag,
        )  # fmt: skip

    def step(self) -> None:
        git = self.repository and self._chance.random() < 0.3
        self._chance.choice(self._git_kinds if git else self._kinds)()

    def _word(self) -> str:
        return self._chance.choice(WORDS)

    def _text(self) -> str:
        return self._chance.choice(self._texts)

    def _new(self, ending: str = ".txt") -> str:
        folder = self._chance.choice(("", "", "docs/", "lists/"))
        name = f"{folder}{self._word()}-{len(self.made)}{ending}"
        self.made.append(name)
        if ending in {".txt", ".md"}:
            self._texts.append(name)
        return name

    def _do(self, command: str) -> None:
        self.commands.append(command)

    def _write(self) -> None:
        source = self._chance.random()
        if source < 0.5:
            self._do(f"echo {self._word()} {self._word()} > {self._new()}")
        else:
            self._do(f"cat > {self._new('.md')} <<'END'\n# {self._word()}\n{self._word()}\nEND")

    def _append(self) -> None:
        self._do(f"echo {self._word()} >> {self._text()}")

    def _copy(self) -> None:
        source = self._text()
        self._do(f"cp {self._chance.choice(('', '-p '))}{source} {self._new()}")

    def _binary(self) -> None:
        self._do(f"cp logo.bin {self._new('.bin')}")

    def _copy_into(self) -> None:
        folder = f"{self._word()}-{len(self.made)}"
        source = self._text()
        self.made += [folder, f"{folder}/{source.rpartition('/')[2]}"]
        self._do(f"mkdir {folder} && cp {source} {folder}/")

    def _copy_each(self) -> None:
        ending = f".{self._word()}{len(self.made)}"
        self.made += [f"lists/one{ending}", f"lists/two{ending}"]
        self._do(f'for f in lists/one.txt lists/two.txt; do cp "$f" "${{f%.txt}}{ending}"; done')

    def _move(self) -> None:
        made = [path for path in self._texts if path not in TEXTS]
        if not made:
            return
        source = self._chance.choice(made)
        self._texts.remove(source)
        self._do(f"mv {source} {self._new()}")

    def _edit(self) -> None:
        source = self._text()
        if self._chance.random() < 0.5:
            self._do(f"sed -i 's/{self._chance.choice('aeiou')}/{self._chance.choice('AEIOU')}/' {source}")
        else:
            self._do(f"sed 's/e/E/g; /^#/d' {source} > {self._new()}")

    def _filter(self) -> None:
        source = self._text()
        tool = self._chance.choice(("grep -n e", "grep -c e", "cut -c1-4", "tr a-z A-Z <", "head -n 2", "tail -n +2"))
        self._do(f"{tool} {source} > {self._new()}")

    def _sort(self) -> None:
        source = self._text()
        self._do(f"sort {source} | uniq -c | sed 's/^ *//' > {self._new()}")

    def _pack(self) -> None:
        paths = {self._text(), self._text()}
        archive = self._new(".tar")
        self._do(f"tar cf {archive} {' '.join(sorted(paths))}")
        self._do(f"tar tf {archive}")

    def _script(self) -> None:
        self._do(self._chance.choice(("python3 report.py people.csv", f"python3 report.py people.csv > {self._new()}")))

    def _scatter(self) -> None:
        folder = f"{self._word()}-items{len(self.made)}"
        self.made += [folder, f"{folder}/iris.item"]
        self._do(f"mkdir -p {folder} && python3 split.py lists/one.txt {folder}")

    def _tool(self) -> None:
        source = self._text()
        tool = self._chance.choice(("frame", "tally"))
        self._do(f"{tool} {source}" + self._chance.choice(("", f" > {self._new()}")))

    def _variable(self) -> None:
        self._do(f'echo "$GREETING, {self._word()}" > {self._new()}')

    def _link(self) -> None:
        name = self._new(".lnk")
        self._do(f"ln -s {self._text().rpartition('/')[2]} {name}")

    def _mode(self) -> None:
        self._do(f"chmod {self._chance.choice(('+x', 'u+x', '600', 'a+r'))} {self._text()}")

    def _remove(self) -> None:
        source = self._text()
        if source not in TEXTS:
            self._texts.remove(source)
            self._do(f"rm {source}")

    def _look(self) -> None:
        self._do(self._chance.choice(("cat", "wc -l", "head -n 1")) + f" {self._text()}")

    def _commit(self) -> None:
        self._do(f"echo {self._word()} >> words.txt")
        quiet = self._chance.choice(("-qm", "-qm", "-m"))
        self._do(f"git add words.txt && git commit {quiet} {quote(self._word())}")

    def _commit_all(self) -> None:
        self._do(f"echo {self._word()} > {self._new()}")
        self._do(f"git add -A && git commit -qm {self._word()}")

    def _new_branch(self) -> None:
        self._branch = f"{self._word()}-{len(self.commands)}"
        self._do(f"git checkout -q -b {self._branch}")

    def _merge(self) -> None:
        self._do("git merge -q side")

    def _show(self) -> None:
        self._do(self._chance.choice(("git log --oneline --format=%s", "git ls-files", "git branch --list")))

    def _tag(self) -> None:
        self._do(f"git tag {self._word()}-{len(self.commands)}")


def _drift(of: Work, chance: random.Random) -> Drift:
    kinds: list[Callable[[Work, random.Random], Drift]] = [
        _content, _content, _content, _missing, _mode, _extra, _foreign, _foreign, _foreign, _variable, _tool, _tool,
        _other_kind,
    ]  # fmt: skip
    return chance.choice([*kinds, *([_ref, _staged, _staged, _committed] if of.repository else [])])(of, chance)


def _named(of: Work, chance: random.Random) -> str:
    """A file of the start, mostly one that a command names."""
    files = [*TEXTS, "report.py", "split.py", "logo.bin"]
    used = [path for path in files if any(path in command for command in of.commands)]
    return chance.choice(used if used and chance.random() < 0.8 else files)


def _content(of: Work, chance: random.Random) -> Drift:
    path = _named(of, chance)
    change: Sequence[str] = (
        f"echo {chance.choice(WORDS)} >> {path}",
        f"sed -i '$d' {path}",
        f"sed -i '0,/e/s//o/' {path}",
        f": > {path}",
        f"sed -i 's/$/\\r/' {path}",
        f"printf 'x\\000y' > {path}",
        f"tac {path} > t && cat t > {path} && rm t",
        f"sed -i 's/e/é/' {path}",
    )
    return Drift("content", chance.choice(change))


def _missing(of: Work, chance: random.Random) -> Drift:
    path = _named(of, chance)
    return Drift("missing", chance.choice((f"rm {path}", f"mv {path} {path}.old", f"rm {path} && ln -s gone {path}")))


def _other_kind(of: Work, chance: random.Random) -> Drift:
    path = _named(of, chance)
    moved = f"mv {path} elsewhere"
    return Drift("other kind", chance.choice((f"{moved} && mkdir {path}", f'{moved} && ln -s "$PWD/elsewhere" {path}')))


def _mode(of: Work, chance: random.Random) -> Drift:
    return Drift("mode", f"chmod {chance.choice(('600', '755', '444', '000'))} {_named(of, chance)}")


def _extra(of: Work, chance: random.Random) -> Drift:
    del of
    folder = chance.choice(("", "docs/", "lists/"))
    return Drift("extra", f"echo {chance.choice(WORDS)} > {folder}extra.{chance.choice(('txt', 'md', 'csv'))}")


def _foreign(of: Work, chance: random.Random) -> Drift:
    if not of.targets:
        return _content(of, chance)
    path = chance.choice(of.targets)
    there = chance.choice(
        (f"echo precious > {path}", f": > {path}", f"mkdir -p {path}", f'ln -s "$ROOT/home/precious" {path}')
    )
    return Drift("foreign", f"mkdir -p $(dirname {path}) && {there}")


def _variable(of: Work, chance: random.Random) -> Drift:
    del of
    name = chance.choice(("GREETING", "GREETING", "LEVEL"))
    return Drift("variable", environment={name: chance.choice((None, "", "good evening", "two\nlines"))})


def _tool(of: Work, chance: random.Random) -> Drift:
    used = [tool for tool in ("frame", "tally") if any(command.startswith(tool) for command in of.commands)]
    tool = f'"$ROOT/bin/{chance.choice(used or ["frame", "tally"])}"'
    change = (
        f"rm {tool}",
        f"chmod 644 {tool}",
        f"printf '#!/bin/sh\\n' > {tool}",
        f"printf '#!/bin/sh\\nexit 3\\n' > {tool}",
        f"echo 'echo more' >> {tool}",
        f"echo 'echo warning >&2' >> {tool}",
        f"echo 'echo side > side-effect' >> {tool}",
        f"echo 'chmod 600 words.txt' >> {tool}",
        f"echo 'exit 1' >> {tool}",
        f"echo 'kill -9 $$' >> {tool}",
        f"echo 'printf \"\\\\001\\\\377\"' >> {tool}",
        f"echo 'yes | head -n 3000' >> {tool}",
        f"echo ': the same' >> {tool}",
    )
    return Drift("tool", chance.choice(change))


def _ref(of: Work, chance: random.Random) -> Drift:
    branches = [command.rpartition(" ")[2] for command in of.commands if "checkout -q -b" in command]
    change = ["git checkout -q side", "git checkout -q --detach", "git branch -D side", "git tag -d v-one"]
    change += [f"git branch {branch}" for branch in branches]
    change += [f"git tag {command.rpartition(' ')[2]}" for command in of.commands if command.startswith("git tag")]
    side = "git checkout -q side && echo sea > sea.txt && git add sea.txt && git commit -qm sea && git checkout -q main"
    return Drift("ref", chance.choice([*change, side]))


def _staged(of: Work, chance: random.Random) -> Drift:
    del of
    return Drift(
        "staged", f"echo {chance.choice(WORDS)} > {chance.choice(('staged.txt', 'docs/notes.md'))}; git add -A ."
    )


def _committed(of: Work, chance: random.Random) -> Drift:
    del of
    path = chance.choice(("more.txt", "site.ini", "docs/notes.md"))
    return Drift("committed", f"echo {chance.choice(WORDS)} > {path} && git add {path} && git commit -qm more")
