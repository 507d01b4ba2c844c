"""Says of a word that a repair brings into a command whether the command would run, write or reach more by it."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from posixpath import basename, commonpath

from replay.repairs import editing, locating, similar
from replay.repairs.proposal import Evidence, Files
from replay.syntax import CommandUse, Word
from replay.syntax.observing import LOOKING
from replay.syntax.risk_table import risk_table
from replay.syntax.vocabulary import SHELLS, named
from replay.syntax.wrappers import base_name

FORCE = re.compile(
    r"--(?:force|yes|assume-yes|no-verify|hard|insecure|delete|overwrite|prune|allow-|skip-|no-check|ignore-)[\w-]*"
    r"|--har?|--break-system-packages|--privileged|--no-preserve-root|--in-place|-[yf]"
)
"""Options that widen what a command may do."""
RUNS = re.compile(
    r"--[\w-]*(?:command|cmd|exec|eval|script|plugin|pager|editor|hook|rsh|shell|wrapper|preload|require|program)[\w-]*"
)
"""Options of whatever tool whose value is likely to be run."""
WORSE = {
    "git": "-c --config-env --exec-path --upload-pack --receive-pack --exec -x --extcmd --ext-diff --textconv "
    "-O --open-files-in-pager --output -o --git-dir --work-tree --template --separate-git-dir --remote --amend "
    "--mirror -C",
    "tar": "--to-command --checkpoint-action --checkpoint -I --use-compress-program --rmt-command --info-script -F "
    "--new-volume-script -P --absolute-names --remove-files --unlink-first --recursive-unlink -U",
    "find": "-exec -execdir -ok -okdir -delete -fprint -fprintf -fprint0 -fls",
    "rsync": "-e --rsync-path --remove-source-files",
    "make": "-E -I --include-dir",
    "sort": "-o --output -T --temporary-directory",
    "split": "--filter",
    "zip": "-T -TT -m",
    "flock": "-c -u -o",
    "env": "-S --split-string -C --chdir",
    "node": "-e -p -r --import --loader --experimental-loader",
    "npm": "--prefix --userconfig --globalconfig -g --global",
    "pip": "-i --index-url --extra-index-url --trusted-host -r",
    "gcc": "-B -specs",
    "docker": "-v --volume --mount --pid --network --cap-add",
    "vim": "-c -s -S",
    "less": "-k",
    "man": "-P -H",
    "go": "-toolexec",
    "cargo": "--config",
}
"""Options of one tool with which it runs, removes or writes something else; single letters count in clusters too."""
LETTERS = re.compile(r"-[A-Za-z]+")
INTERPRETERS = re.compile(r"(?:python|pypy|node|nodejs|perl|ruby|php|lua|Rscript|tclsh|deno|osascript)[\d.]*")
PROGRAM_OPTIONS = frozenset({"-c", "-e", "-E", "-p", "-r", "-m", "--eval", "--print", "-n", "-ne", "-pe", "-i", "-M"})
"""Options of interpreters behind which a program stands, or the name of one."""
AWKS = frozenset({"awk", "gawk", "mawk", "nawk"})
AWK_REACHES = re.compile(r"\bsystem\s*\(|\||\bgetline\b|>|@\w+|\bENVIRON\b")
SED_CALM = re.compile(
    r"(?:(?:\d+|\$|/(?:[^/\\\n]|\\.)*/)(?:,(?:\d+|\$|/(?:[^/\\\n]|\\.)*/))?!?\s*)?"
    r"(?:s(?P<d>[/|,#@%!:])(?:(?!(?P=d))[^\\\n]|\\.)*(?P=d)(?:(?!(?P=d))[^\\\n]|\\[^\n])*(?P=d)[gpiI\d]*|[dpqD=])"
)
"""One command of `sed` that only changes the text that goes through."""
SED_DOES_MORE = frozenset({"-i", "--in-place", "-f", "--file", "-s"})
SQL = frozenset({"sqlite3", "psql", "mysql", "mariadb", "duckdb"})
SQL_REACHES = re.compile(
    r"(?i)\b(?:drop|delete|truncate|update|insert|replace|alter|attach|detach|grant|revoke|copy|vacuum|load_extension"
    r"|writefile|edit|outfile|execute|call)\b|\\!|(?m:^\s*\.(?!timeout \d{1,5}\s*$))|readfile|pragma (?!busy_timeout)"
)
FETCHERS = frozenset({"curl", "wget", "ssh", "scp", "sftp", "nc", "http", "ftp", "rsync", "telnet"})
PATIENT = re.compile(
    r"--retry|--retry-connrefused|--retry-delay|--retry-max-time|--retry-all-errors|--connect-timeout|--max-time|-m"
    r"|--tries|--waitretry|--timeout|-o|ConnectTimeout|ConnectionAttempts|\d{1,5}|\{\{\w+\}\}"
)
"""Words with which what fetches only waits longer."""
PATIENT_VALUE = re.compile(r"(?<=\w)=\d{1,4}$")
URL = re.compile(r"(?P<host>[a-z][a-z0-9+.-]*://(?:[^/@\s]*@)?[^/:\s]+)(?::(?P<port>\d+|\{\{\w+\}\}))?(?P<rest>\S*)")
REMOTE = re.compile(r"(?:[\w.-]+@)?[\w.-]+\.[\w.-]+:\S*|[\w.-]+@[\w.-]+(?::\S*)?|ext::.*|[a-z]+::\S*")
ASSIGNS = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
DECIDES = re.compile(
    r"(?:\w*_)?PATH|HOME|SHELL|IFS|ENV|BASH\w*|PROMPT_COMMAND|PS[0-4]|LD_\w+|DYLD_\w+|GIT_\w+|SSH_\w+|NODE_(?!PATH|ENV)\w+"
    r"|PYTHON(?!PATH|UNBUFFERED|HASHSEED|UTF8)\w*|PERL5\w+|RUBY\w+|JAVA_TOOL\w*|_JAVA\w+|\w*EDITOR|VISUAL|\w*PAGER|BROWSER"
    r"|SUDO_\w+|LESS\w*|MAKE\w*|GNUMAKE\w*|TAR_OPTIONS|\w+_OPTIONS|\w+OPT|\w+_COMMAND|\w*PRELOAD|\w*PROXY|\w*_proxy"
    r"|PIP_\w+|npm_config_\w+|NPM_CONFIG_\w+|CARGO_\w+|GO(?:FLAGS|PROXY|PATH)|CC|CXX|LD|AR|TMPDIR|SHELLOPTS|GCONV_PATH"
)
"""Variables that decide what is run or where from, which a repair may not set; `PYTHONPATH` only to the workspace."""
FOLDER_LISTS = named(
    "PYTHONPATH NODE_PATH PERL5LIB RUBYLIB CPATH C_INCLUDE_PATH CPLUS_INCLUDE_PATH LIBRARY_PATH PKG_CONFIG_PATH"
)
"""Variables that may name folders of the workspace, and those that the recording had in them."""
SYSTEM_FOLDERS = ("-I/", "-L/", "-isystem/")
"""What a compiler reads from the machine's own folders."""
GIT_ALSO = named(
    """config submodule bisect filter-branch filter-repo update-ref worktree reset clean rm restore gc prune reflog
    rebase push remote replace hook fast-import difftool mergetool send-email daemon instaweb clone stash branch tag
    checkout-index read-tree symbolic-ref notes archive credential am"""
)
"""Subcommands of git that no other one becomes, a misspelt one excepted."""
NEAR = 2
RENAMED = 0.45
SHORT = 2


def reasons(old: CommandUse, new: CommandUse, evidence: Evidence, files: Files, *, rebound: bool) -> Iterator[str]:
    """What speaks against the words that a command has newly.

    Args:
        old: The command as it was.
        new: As it would be.
        evidence: The failed step.
        files: The machine.
        rebound: A path's new name made all the difference, so that programs may hold it.

    Returns:
        Sentences without a subject.
    """
    name = base_name(new.name) or ""
    had, has = _values(old), _values(new)
    added = [text for text in has if text not in had]
    gone = [text for text in had if text not in has]
    for text in added:
        yield from of_word(name, text, gone, evidence, files)
        yield from _of_option(name, text, gone)
        # What is run is judged by its name; a place outside may become the one beside it.
        if text != new.name and not (rebound and any(beside(other, text, evidence) for other in gone)):
            yield from _of_place(name, text, had, evidence)
    if name == "git":
        yield from _of_git(had, has)
    if not rebound:
        yield from _of_program(name, had, has)


def of_word(name: str, text: str, gone: Sequence[str], evidence: Evidence, files: Files) -> Iterator[str]:
    """What speaks against a word whatever the command: it forces, or names what deletes or publishes."""
    option = text.partition("=")[0]
    means_other = len(option) == SHORT and name in risk_table().forcing.means_other
    means_other |= option.startswith("--ignore-") and name in LOOKING | {"diff"}
    if FORCE.fullmatch(option) and not means_other:
        yield f"it brings in the option {text}"
    elif similar.is_hazardous(text, " ".join(gone)) and not _is_path(text, evidence, files):
        yield f"{text!r} names something that deletes, publishes or installs"


def is_interpreter(name: str) -> bool:
    """Whether a command runs a program that its words or its input hold."""
    return name in SHELLS or bool(INTERPRETERS.fullmatch(basename(name)))


def outside(text: str, evidence: Evidence) -> str | None:
    """The path outside the workspace that a word names, itself or behind `=`; None: it names none."""
    for part in (text, text.partition("=")[2], re.sub(r"^-[A-Za-z]", "", text)):
        shown = locating.filled(part, evidence)
        if not shown.startswith(("/", "~", "..")) and "/.." not in shown:
            continue
        path = locating.absolute(shown, evidence)
        if path not in ("/dev/null", evidence.workspace) and locating.inside(path, evidence) is None:
            return shown
    return None


def beside(old: str, new: str, evidence: Evidence) -> bool:
    """Whether both words name places outside the workspace, in one folder or a folder apart."""
    if not (outside(old, evidence) and outside(new, evidence)):
        return False
    first, second = (locating.absolute(locating.filled(text, evidence), evidence) for text in (old, new))
    return are_near(first, second)


def are_near(first: str, second: str) -> bool:
    """Whether two absolute paths part no more than two folders above their ends' difference, and below `/`."""
    shared = commonpath((first, second))
    rests = [path[len(shared) :].strip("/").split("/") for path in (first, second)]
    while len(rests[0]) > 1 and len(rests[1]) > 1 and rests[0][-1] == rests[1][-1]:
        rests = [rest[:-1] for rest in rests]
    return shared != "/" and max(map(len, rests)) <= NEAR


def decides(name: str, text: str, evidence: Evidence) -> str | None:
    """Why a repair may not set a variable to a value; None: it may."""
    if name in FOLDER_LISTS:
        parts = [part for part in text.split(":") if part]
        known = evidence.recorded_environment.get(name, "").split(":")
        strange = [part for part in parts if part not in known and outside(part, evidence)]
        return f"{name} would name {strange[0]}, outside the workspace" if strange else None
    return f"{name} decides what is run" if not name.isidentifier() or DECIDES.fullmatch(name) else None


def _values(use: CommandUse) -> list[str]:
    """What a command's words amount to, its wrappers' own included; of what only a run can tell, the source."""
    words: tuple[Word, ...] = use.outer or use.words
    return [text if (text := editing.value(word)) is not None else word.text.replace('"', "") for word in words]


def _is_path(text: str, evidence: Evidence, files: Files) -> bool:
    here = locating.absolute(locating.filled(text, evidence), evidence)
    return text.startswith("-") or "/" in text or files.exists(here)


def _of_option(name: str, text: str, gone: Sequence[str]) -> Iterator[str]:
    """Options that run, remove or write something else."""
    bare, clustered = text.partition("=")[0], LETTERS.fullmatch(text) and not text.startswith("--")
    worse = WORSE.get(_family(name), "").split()
    letters = {f"-{letter}" for letter in text[1:]} if clustered else {text[:SHORT]}
    renamed = any(old.startswith("--") and similar.closeness(old.partition("=")[0], bare) > RENAMED for old in gone)
    if bare in worse or letters & set(worse):
        yield f"{name} does something else by {bare}"
    elif RUNS.fullmatch(bare) and not renamed:
        yield f"{bare} makes {name} run something else"
    elif name in FETCHERS and not PATIENT.fullmatch(PATIENT_VALUE.sub("", text)) and not URL.fullmatch(text):
        yield f"{name} reaches further by {bare}"


def _of_place(name: str, text: str, had: Sequence[str], evidence: Evidence) -> Iterator[str]:
    """Other machines, and paths outside the workspace."""
    found, assigned = URL.fullmatch(text), ASSIGNS.fullmatch(text)
    if found and not any(_same_but_port(found, URL.fullmatch(other)) for other in had):
        yield f"it speaks to {found['host']}"
    elif not found and (name in FETCHERS or name == "git") and REMOTE.fullmatch(text):
        yield f"it speaks to {text}"
    elif name == "sed" and SED_CALM.fullmatch(text):
        pass
    elif not found and (path := outside(text, evidence)) and not text.startswith(SYSTEM_FOLDERS):
        yield f"it names {path}, outside the workspace"
    if assigned and (why := decides(assigned[1], assigned[2], evidence)):
        yield why


def _same_but_port(new: re.Match[str], old: re.Match[str] | None) -> bool:
    return old is not None and (new["host"], new["rest"]) == (old["host"], old["rest"])


def _of_git(had: Sequence[str], has: Sequence[str]) -> Iterator[str]:
    """Another subcommand than before, and what git could overwrite files with."""
    before, after = _verb(had), _verb(has)
    if before != after and after in GIT_ALSO and similar.distance(before, after) > NEAR:
        yield f"it brings in git {after}"
    if any(text in (".", "--", ":/") or text.startswith(("!", "alias.")) for text in has if text not in had):
        yield "git would touch more than was recorded"


def _verb(values: Sequence[str]) -> str:
    return next((text for text in values[1:] if not text.startswith("-")), "")


def _family(name: str) -> str:
    """The name that a table knows a tool by."""
    plain = re.sub(r"[\d.]+$", "", basename(name))
    return {"pip": "pip", "gmake": "make", "g++": "gcc", "cc": "gcc", "clang": "gcc", "pnpm": "npm"}.get(plain, plain)


def _of_program(name: str, had: Sequence[str], has: Sequence[str]) -> Iterator[str]:
    """Programs in the words of what runs them."""
    added = [text for text in has if text not in had]
    if not added:
        return
    if is_interpreter(name):
        behind = [text for option, text in pairwise(has) if option in PROGRAM_OPTIONS]
        if set(added) & {*behind, *PROGRAM_OPTIONS, "-"}:
            yield f"it changes a program that {name} runs, which can't be judged here"
    elif name in AWKS and len(AWK_REACHES.findall(" ".join(has))) > len(AWK_REACHES.findall(" ".join(had))):
        yield f"the program of {name} would do more than print"
    elif name in AWKS and "-f" in added and has[has.index("-f") + 1 :][:1] != had[:1]:
        yield f"{name} would run another program"
    elif name == "sed":
        yield from _of_sed(added)
    elif name in SQL and len(SQL_REACHES.findall("\n".join(has))) > len(SQL_REACHES.findall("\n".join(had))):
        yield f"{name} would do more than before"
    elif name in ("ed", "ex", "vim", "vi", "gdb", "lldb", "expect", "script", "watch", "parallel", "at", "batch"):
        yield f"it changes what {name} does, which can't be judged here"


def _of_sed(added: Sequence[str]) -> Iterator[str]:
    more = [text for text in added if text in SED_DOES_MORE or text.startswith(("-i", "--in-place"))]
    scripts = [text for text in added if not text.startswith("-")]
    calm = all(
        all(SED_CALM.fullmatch(part.strip()) for part in text.split(";")) or not _is_sed_script(text)
        for text in scripts
    )
    if more or not calm:
        yield "sed would do more than change the text that goes through it"


def _is_sed_script(text: str) -> bool:
    """Whether a word of sed's can be a program: a path is none, unless it begins as a command does."""
    return bool(re.match(r"[\d$/sywWerRa-cidpqDGHNPxlnF{}=,\s]", text)) and not re.fullmatch(
        r"[\w./-]+\.\w+|[\w-]+", text
    )
