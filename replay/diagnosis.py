"""Says of what kind a step's failure is, from its exit code, its whole output and its syntax tree."""

import re
from pathlib import PurePosixPath
from typing import NamedTuple

import msgspec

from replay import tool_symptoms
from replay.calls import is_call
from replay.outcome import FailureClass
from replay.symptoms import GONE, QUOTE, SHELL, SYMPTOMS, Subject, Symptom
from replay.syntax import Analysis, analyse
from replay.syntax.served import served_ports
from replay.syntax.wrappers import base_name
from replay.wording import in_bash_words

NOT_FOUND, NOT_RUN, TIME_UP = 127, 126, 124
KILLING = {137: "SIGKILL", 139: "SIGSEGV", 134: "SIGABRT", 143: "SIGTERM", 135: "SIGBUS", 132: "SIGILL", 136: "SIGFPE"}
KILLING |= {130: "SIGINT", 131: "SIGQUIT", 133: "SIGTRAP", 152: "SIGXCPU", 153: "SIGXFSZ"}
QUOTES = "'\"\u2018\u2019"
BROKEN_PIPE = 141
PORT = re.compile(r"\b[1-9]\d{3,4}\b")
LONGEST_LINE = 500
"""No message that we look for is longer; it bounds the search."""
LONGEST_ANSWER = 64 * 1024
"""Characters of a tool's answer in which it is looked for what went wrong."""
NETWORK_CODES = {"curl": {5, 6, 7, 28, 35, 52, 55, 56}, "wget": {4}, "ssh": {255}}
TRACEBACK = "Traceback (most recent call last)"
AUTH_CODES = {"curl": {67}, "wget": {6}}
"""What they end with when a log-in is refused."""
ANSWERING = frozenset({"[", "[[", "cmp", "diff", "egrep", "fgrep", "grep", "pgrep", "rg", "test"})
"""Commands for which 1 is an answer, and 2 is trouble."""
REFUSING = frozenset({"patch"})
"""Commands for which 1, in words that no table knows, says that what they were given does not fit, and 2 is trouble."""
COMPLAINT = re.compile(
    r"error|fatal|fail|cannot|can't|couldn't|denied|refused|exception|invalid|not found|panic|abort"
    r"|no such|not a |unable|not in \w+ format",
    re.IGNORECASE,
)
SHELL_SAYS = re.compile(
    rf"{SHELL}(?P<s>[^\n]+?): (?P<why>{GONE}|Permission denied|Is a directory|command not found)$", re.MULTILINE
)
ENV_SAYS = re.compile(rf"^(?:/usr/bin/)?env: {QUOTE}?(?P<s>[^\s'\u2018\u2019]+){QUOTE}?: {GONE}", re.MULTILINE)
SOURCES = (".c", ".cc", ".cpp", ".cxx", ".m", ".s", ".S")


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """Of what kind a failure is."""

    failure_class: FailureClass
    subject: str | None = None
    """The path, command, variable, target, ref or port that it is about."""
    evidence_line: str | None = None
    """The line of output that says so."""


class _Ended(NamedTuple):
    """How a step ended, its output in bash's words."""

    exit_code: int | None
    output: str
    signal: str | None
    timed_out: bool
    expected_exit: int


def classify(  # noqa: PLR0913 - all that is known of how a step ended
    *,
    command: str,
    exit_code: int | None,
    output: str,
    signal: str | None,
    timed_out: bool,
    expected_exit: int,
    shell: str = "bash",
) -> Diagnosis:
    """Say of what kind a failure is.

    Args:
        command: The step's text, values filled in.
        exit_code: Its exit code; None when the session was cut.
        output: All that it printed.
        signal: The signal that ended it, as `SIGKILL`.
        timed_out: Its time limit ended it.
        expected_exit: The recorded exit code.
        shell: Whose text the command is.

    Returns:
        `unclassified` when the output complains in words that no table knows.
    """
    if exit_code not in {expected_exit, 0} and not timed_out and is_call(command):
        found_in_words = tool_symptoms.classified(exit_code, output[:LONGEST_ANSWER])
        if found_in_words is not None:
            kind, subject, evidence = found_in_words
            line = evidence and evidence[:LONGEST_LINE]
            return Diagnosis(failure_class=kind, subject=subject, evidence_line=line)
    printed, said = in_bash_words("\n".join(line[:LONGEST_LINE] for line in output.splitlines()))
    ended = _Ended(exit_code, printed, signal, timed_out, expected_exit)
    found = _classified(analyse(command, shell), ended)
    line = said.get(found.evidence_line or "")
    return found if line is None else msgspec.structs.replace(found, evidence_line=line)


def _classified(analysis: Analysis, ended: "_Ended") -> Diagnosis:
    exit_code, output, signal, timed_out, expected_exit = ended
    if timed_out or (exit_code == TIME_UP and _runs(analysis, "timeout")):
        return Diagnosis(failure_class=FailureClass.TIMEOUT)
    if exit_code in {expected_exit, 0}:
        return Diagnosis(failure_class=FailureClass.EXIT_CHANGED)
    if exit_code == 1 and _answers(analysis):
        return Diagnosis(failure_class=FailureClass.EXIT_CHANGED)
    found = _by_code(analysis, exit_code, output) or _by_words(analysis, output)
    if found and not (signal and found.failure_class is not FailureClass.DISK_FULL):
        return found
    if signal or exit_code in KILLING:
        return Diagnosis(failure_class=FailureClass.KILLED, subject=signal or KILLING[exit_code or 0])
    return _without_words(analysis, exit_code, output, expected_exit)


def _answers(analysis: Analysis) -> bool:
    """One command alone that says no by ending with 1, whatever it prints."""
    if len(analysis.commands) != 1:
        return False
    use = analysis.commands[0]
    values = {word.value for word in use.words}
    asks_git = base_name(use.name) == "git" and "diff" in values and bool({"--exit-code", "--quiet"} & values)
    return base_name(use.name) in ANSWERING or asks_git


def _by_code(analysis: Analysis, exit_code: int | None, output: str) -> Diagnosis | None:
    """What 126 and 127 mean together with the shell's own message."""
    required = _required(analysis, output)
    if required:
        return required
    if exit_code not in {NOT_FOUND, NOT_RUN}:
        return _own_command(analysis, output)
    said = list(SHELL_SAYS.finditer(output))
    for found in reversed(said):
        subject, why = found["s"], found["why"]
        if why in {"Permission denied", "Is a directory"} and exit_code == NOT_RUN:
            return _told(FailureClass.NOT_EXECUTABLE, subject, output, found)
        if why == GONE and "/" in subject and exit_code == NOT_FOUND and not subject.endswith("bad interpreter"):
            return _told(FailureClass.MISSING_FILE, subject, output, found)
    return None


def _own_command(analysis: Analysis, output: str) -> Diagnosis | None:
    """The shell refuses to run a command of this step, with its exit code lost (a pipeline, a list)."""
    names = {use.name for use in analysis.commands if use.name and "/" in use.name}
    for found in SHELL_SAYS.finditer(output):
        if found["s"] in names:
            denied = found["why"] != GONE
            return _told(
                FailureClass.NOT_EXECUTABLE if denied else FailureClass.MISSING_FILE, found["s"], output, found
            )
    return None


def _required(analysis: Analysis, output: str) -> Diagnosis | None:
    """`${X:?words}`: the shell prints the variable's name and the step's own words."""
    for use in analysis.variables_read:
        found = use.required and re.search(rf"{SHELL}{re.escape(use.name)}: [^\n]+", output, re.MULTILINE)
        if found:
            return _told(FailureClass.MISSING_ENV, use.name, output, found)
    return None


def _by_words(analysis: Analysis, output: str) -> Diagnosis | None:
    """The first known wording; of a traceback the last line alone, if that is known."""
    last = output.rstrip().rpartition("\n")[2]
    texts = [last, output] if TRACEBACK in output else [output]
    interpreter = ENV_SAYS.search(output)
    if interpreter:
        wrapped = _runs(analysis, "env")
        kind = FailureClass.MISSING_COMMAND if wrapped else FailureClass.BAD_INTERPRETER
        return _told(kind, interpreter["s"], output, interpreter)
    for text in texts:
        for symptom in SYMPTOMS:
            found = symptom.pattern.search(text)
            if found and (not symptom.only_with or any(sign in output for sign in symptom.only_with)):
                return _refined(analysis, symptom, _told(symptom.failure_class, _subject(found), text, found))
    return None


def _refined(analysis: Analysis, symptom: Symptom, told: Diagnosis) -> Diagnosis:
    """What the syntax tree makes of the words: the same line means different things for inputs and outputs."""
    subject = told.subject or ""
    if symptom.subject is Subject.INSIDE and subject:
        return msgspec.structs.replace(told, subject=_parent(subject))
    if told.failure_class is FailureClass.MISSING_FILE and subject:
        return _missing_path(analysis, told, subject)
    if told.failure_class is FailureClass.MISSING_MODULE and subject.startswith("/"):
        return _missing_script(analysis, told)
    if told.failure_class is FailureClass.PORT_IN_USE and not subject:
        return msgspec.structs.replace(told, subject=_port(analysis))
    is_source = subject in {path.path for path in analysis.reads} or subject.endswith(SOURCES)
    as_file = {FailureClass.MISSING_HEADER: is_source, FailureClass.GIT_REF: _is_pathspec(analysis, subject)}
    if as_file.get(told.failure_class):
        return msgspec.structs.replace(told, failure_class=FailureClass.MISSING_FILE)
    return told


def _missing_path(analysis: Analysis, told: Diagnosis, subject: str) -> Diagnosis:
    """An output that can't be opened lacks its directory."""
    if subject in {path.path for path in analysis.directories}:
        return msgspec.structs.replace(told, failure_class=FailureClass.MISSING_DIRECTORY)
    is_output = subject in {path.path for path in analysis.writes} and "/" in subject
    if is_output and subject not in {path.path for path in analysis.reads}:
        return msgspec.structs.replace(told, failure_class=FailureClass.MISSING_DIRECTORY, subject=_parent(subject))
    return told


def _port(analysis: Analysis) -> str | None:
    """The port that the command names."""
    served = [str(port.number) for use in analysis.commands for port in served_ports(use)]
    numbers = set(PORT.findall(analysis.text))
    return served[0] if served else numbers.pop() if len(numbers) == 1 else None


def _missing_script(analysis: Analysis, told: Diagnosis) -> Diagnosis:
    """Node names the script that it was told to run by its absolute path."""
    name = PurePosixPath(told.subject or "").name
    for path in analysis.reads:
        if path.path and PurePosixPath(path.path).name == name:
            return msgspec.structs.replace(told, failure_class=FailureClass.MISSING_FILE, subject=path.path)
    return told


def _is_pathspec(analysis: Analysis, subject: str) -> bool:
    """Whether git was given the word as a path."""
    for use in analysis.commands:
        values = [word.value for word in use.words]
        if base_name(use.name) == "git" and subject in values:
            verbs = {"add", "rm", "mv", "commit", "restore", "ls-files", "stash"}
            plain = [text for text in values[1:] if text and not text.startswith("-")]
            verb = plain[1:2] if "-C" in values[1:3] else plain[:1]
            return bool(verbs & set(verb)) or "--" in values[: values.index(subject)]
    return False


def _without_words(analysis: Analysis, exit_code: int | None, output: str, expected_exit: int) -> Diagnosis:
    """Nothing known was printed: what the exit code alone says."""
    line = next((line for line in output.splitlines() if COMPLAINT.search(line)), None)
    if exit_code in {NOT_FOUND, NOT_RUN}:
        kind = FailureClass.MISSING_COMMAND if exit_code == NOT_FOUND else FailureClass.NOT_EXECUTABLE
        too_long = "Argument list too long" in output
        return Diagnosis(failure_class=FailureClass.UNCLASSIFIED if too_long else kind, evidence_line=line)
    if exit_code == 1 and not output.strip() and _runs(analysis, "flock"):
        return Diagnosis(failure_class=FailureClass.LOCKED)
    last = base_name(analysis.commands[-1].name) if analysis.commands else None
    for kind, table in ((FailureClass.NETWORK, NETWORK_CODES), (FailureClass.AUTH, AUTH_CODES)):
        if exit_code in table.get(last or "", ()):
            return Diagnosis(failure_class=kind, subject=_address(analysis), evidence_line=line)
    refuses = exit_code == 1 and last in REFUSING
    if line is None or expected_exit != 0 or exit_code == BROKEN_PIPE or refuses:
        return Diagnosis(failure_class=FailureClass.EXIT_CHANGED, evidence_line=line)
    return Diagnosis(failure_class=FailureClass.UNCLASSIFIED, evidence_line=line)


def _told(kind: FailureClass, subject: str | None, text: str, found: re.Match[str]) -> Diagnosis:
    start = text.rfind("\n", 0, found.start()) + 1
    end = text.find("\n", max(found.end() - 1, start))
    return Diagnosis(
        failure_class=kind,
        subject=subject.rstrip(".,;").strip(QUOTES) if subject and subject.strip(".") else subject,
        evidence_line=text[start : end if end >= 0 else len(text)].strip(),
    )


def _subject(found: re.Match[str]) -> str | None:
    return found.groupdict().get("s")


def _parent(path: str) -> str:
    """The directory that a path needs."""
    return str(PurePosixPath(path).parent)


def _runs(analysis: Analysis, name: str) -> bool:
    return any(name in use.wrappers or base_name(use.name) == name for use in analysis.commands)


def _address(analysis: Analysis) -> str | None:
    words = [word.value for word in analysis.commands[-1].words[1:] if word.value and not word.value.startswith("-")]
    return words[-1] if words else None
