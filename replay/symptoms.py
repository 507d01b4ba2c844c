"""How real tools word their failures: data only, in the order in which it is looked at."""

import re
from enum import StrEnum
from functools import cache

import msgspec

from replay.outcome import FailureClass as Class


class Subject(StrEnum):
    """What the named part of a line is."""

    ITSELF = "itself"
    """What the failure is about."""
    INSIDE = "inside"
    """A path whose parent directory the failure is about."""


class Symptom(msgspec.Struct, frozen=True, kw_only=True):
    """A wording, and what it means."""

    failure_class: Class
    written: str
    """A regular expression over lines; its group `s`, where it has one, is the subject."""
    subject: Subject = Subject.ITSELF
    only_with: tuple[str, ...] = ()
    """One of these must stand somewhere in the output as well."""

    @property
    def pattern(self) -> re.Pattern[str]:
        """What is searched for; made when it is first looked for, as most runs of the program look for none."""
        return _compiled(self.written)


@cache
def _compiled(written: str) -> re.Pattern[str]:
    return re.compile(written, re.MULTILINE)


QUOTE = "['\"\u2018\u2019\u201c\u201d`]"
NAMED = rf"{QUOTE}(?P<s>[^\n]+?){QUOTE}"
MAYBE = rf"{QUOTE}?(?P<s>[^\s'\"\u2018\u2019\u201c\u201d`:]+){QUOTE}?"
SHELL = r"^(?:-?(?:ba|da|z|k)?sh|[^\s:]*/(?:ba|da)?sh|\S+\.sh|\S+)(?:: (?:eval: )?(?:line )?\d+)?: "
DENIED = r"Permission denied|Operation not permitted|Is a directory|Directory not empty|Device or resource busy"
NOT_DENIED = rf"(?!: (?:{DENIED}))"
"""What was denied is not missing."""
GONE = r"No such file or directory"


def _all(
    failure_class: Class, *patterns: str, subject: Subject = Subject.ITSELF, only_with: tuple[str, ...] = ()
) -> list[Symptom]:
    return [
        Symptom(
            failure_class=failure_class,
            written=pattern,
            subject=subject,
            only_with=only_with,
        )
        for pattern in patterns
    ]


SYMPTOMS: tuple[Symptom, ...] = (
    *_all(
        Class.KILLED,
        r"^MemoryError\b|JavaScript heap out of memory|java\.lang\.OutOfMemoryError",
        r"Cannot allocate memory|^Killed$|^Out of memory|^fatal error: runtime: out of memory",
        r"^g?make(?:\[\d+\])?: \*\*\* \[[^\]\n]*\] (?:Killed|Terminated|Aborted|Bus error|Segmentation fault)",
    ),
    *_all(Class.DISK_FULL, r"No space left on device", r"Disk quota exceeded", r"database or disk is full", r"ENOSPC"),
    *_all(Class.DISK_FULL, r": (?P<s>[^\s:]+): Wrote only \d+ of \d+ bytes"),
    *_all(
        Class.READ_ONLY,
        rf"{NAMED}: Read-only file system",
        r": (?P<s>[^\s:]+): Read-only file system",
        r"Read-only file system",
        r"EROFS",
        r"readonly database",
    ),
    *_all(
        Class.GIT_LOCK,
        rf"Unable to create {QUOTE}(?P<s>[^\n]+?\.lock){QUOTE}: File exists",
        r"Another git process seems to be running",
        r"cannot lock ref '(?P<s>[^']+)'",
        r"could not lock config file (?P<s>[^\n:]+): File exists",
        r"(?:^|[\s'\"/])(?P<s>[^\s'\"]*\.git/[^\s'\"]+\.lock)'?: File exists",
    ),
    *_all(
        Class.LOCKED,
        r"database is locked",
        r"[Cc]ould not get lock (?P<s>\S+?)[. ]",
        r"Unable to acquire the dpkg frontend lock",
        r"(?P<s>\S+): Text file busy",
        r"[Ww]aiting for file lock|[Bb]locking waiting for file lock",
        r"is locked by another process",
        r"[Ff]ailed to (?:get|acquire) (?:exclusive )?lock",
        r"^BlockingIOError: \[Errno \d+\]",
    ),
    *_all(
        Class.AUTH,
        r"Permission denied \((?P<s>publickey|password)",
        r"Authentication failed for (?P<s>\S+)",
        r"[Aa]uthentication failed",
        r"could not read (?:Username|Password) for (?P<s>\S+)",
        r"Host key verification failed",
        r"\b401 Unauthorized|\b403 Forbidden|HTTP Error 40[13]|returned error: 40[13]",
        r"code E(?:401|403|NEEDAUTH)",
        r"Access denied for user (?P<s>\S+)",
        r"a (?:password|terminal) is required",
        r"Could not open a connection to your authentication agent",
        r"Login Succeeded\b.*required|[Pp]lease (?:log ?in|sign in|authenticate)",
        r"Invalid (?:credentials|API key|token)|[Bb]ad credentials",
    ),
    *_all(
        Class.PORT_IN_USE,
        r"EADDRINUSE[^\n]*?:(?P<s>\d+)\b",
        r"[Pp]ort (?P<s>\d+)[^\n]* (?:already )?(?:in use|allocated)",
        r":(?P<s>\d{2,5})\b[^\n]*[Aa]ddress already in use",
        r"[Aa]ddress already in use[^\n]*?\bport (?P<s>\d+)",
        r"[Aa]ddress already in use|EADDRINUSE",
    ),
    *_all(
        Class.NETWORK,
        r"Could not resolve (?:host|hostname|proxy):? (?P<s>[^\s;:]+)",
        r"Failed to connect to (?P<s>\S+ port \d+)",
        r"connect to (?:host )?(?P<s>\S+ port \d+):? (?:Connection|failed|No route|Network)",
        r"unable to (?:access|connect to|look up) '?(?P<s>[^\s':]+(?:://[^\s':]+)?)",
        r"unable to resolve host address .(?P<s>[^'\u2019]+)",
        r"getaddrinfo (?:ENOTFOUND|EAI_AGAIN) (?P<s>\S+)",
        r"ECONNREFUSED (?P<s>\S+)",
        r"[Cc]onnection refused|[Cc]onnection timed out|[Cc]onnection reset|ETIMEDOUT|ECONNREFUSED|ECONNRESET",
        r"Network is unreachable|No route to host|Empty reply from server|Temporary failure in name resolution",
        r"Name or service not known|nodename nor servname|urlopen error|Max retries exceeded",
        r"[Oo]peration timed out|TypeError: fetch failed|[Ss]ocket hang up",
        r"RemoteDisconnected|Remote end closed connection|[Cc]onnection closed by remote",
    ),
    *_all(
        Class.GIT_REF,
        rf"error: pathspec {NAMED} did not match any file",
        r"merge: (?P<s>\S+) - not something we can merge",
        r"invalid (?:reference|upstream|object name)[:']? ?'?(?P<s>[^\s'.]+)",
        rf"ambiguous argument {NAMED}: unknown revision",
        r"bad revision '(?P<s>[^']+)'",
        r"[Nn]ot a valid (?:object|branch point|commit)(?: name)?:? '?(?P<s>[^\s']+)",
        r"Remote branch (?P<s>\S+) not found",
        r"couldn't find remote ref (?P<s>\S+)",
        r"src refspec (?P<s>\S+) does not match any",
        r"error: (?:branch|tag) '(?P<s>[^']+)' not found",
        r"'(?P<s>[^']+)' is not a commit and a branch",
        r"Needed a single revision|No stash entries found",
    ),
    *_all(
        Class.GIT_REMOTE,
        r"'(?P<s>[^']+)' does not appear to be a git repository",
        r"No configured push destination",
        r"The current branch (?P<s>\S+) has no upstream branch",
        r"There is no tracking information for the current branch",
        r"No such remote:? '?(?P<s>[^\s']+)",
        r"repository '(?P<s>[^']+)' (?:does not exist|not found)",
        r"not a git repository",
        r"No remote (?:repository specified|configured)",
        r"Could not read from remote repository",
        r"^ ! \[(?:remote )?rejected\] +(?P<s>\S+)",
    ),
    *_all(
        Class.GIT_DIRTY,
        r"would be overwritten by",
        r"[Pp]lease,? commit (?:or stash|your changes)",
        r"You have unstaged changes|contains modified or untracked files|you have unmerged files",
        r"You have not concluded your merge",
    ),
    *_all(
        Class.ALREADY_APPLIED,
        r"previously applied",
        r"^nothing (?:added )?to commit",
        r"error: (?P<s>\S+): patch does not apply",
        r"duplicate column name: (?P<s>\S+)",
    ),
    *_all(
        Class.MISSING_FILE,
        rf"No rule to make target {NAMED}, needed by",
        r"^(?:make(?:\[\d+\])?|\S+:\d+): (?P<s>\S+): No such file or directory\nmake[^\n]*No rule to make target",
        r"No targets specified and no (?P<s>makefile) found",
        r"Could not read (?P<s>package\.json)",
        r"ENOENT[^\n]*?(?P<s>package\.json)",
    ),
    *_all(
        Class.UNKNOWN_TARGET,
        rf"No rule to make target {NAMED}",
        r'Missing script: "?(?P<s>[^\s"]+)"?',
        rf"unknown target {NAMED}",
        r"does not contain recipe `?(?P<s>[^\s`]+?)`?[.?]",
        rf"[Tt]ask {NAMED} not found",
        rf"Don't know how to build task {NAMED}",
        rf"no (?:bin|example|test|bench) target named {NAMED}",
        r"Command \"(?P<s>[^\"]+)\" not found",
        r"ERR_PNPM_NO_SCRIPT[^\n]*: (?P<s>\S+)",
        r"[Tt]arget \"(?P<s>[^\"]+)\" does not exist",
    ),
    *_all(
        Class.MISSING_MODULE,
        rf"ModuleNotFoundError: No module named {NAMED}",
        rf"ImportError: No module named {MAYBE}",
        r": No module named (?P<s>\S+)",
        rf"Cannot find (?:module|package) {NAMED}",
        r"[Cc]annot find module providing package (?P<s>[^\s:]+)",
        rf"unlinked crate {NAMED}",
        rf"unresolved import {NAMED}",
        r"error: package (?P<s>\S+) does not exist",
        r"can't find package (?P<s>\S+)",
        r"cannot load such file -- (?P<s>\S+)",
        r"Can't locate (?P<s>\S+) in @INC",
        r"no required module provides package (?P<s>[^\s;:]+)",
        r"ImportError: cannot import name '(?P<s>[^']+)'",
    ),
    *_all(
        Class.MISSING_HEADER,
        r"fatal error: '?(?P<s>[^\s':]+)'?(?:: No such file or directory| file not found)",
        r"cannot find -l(?P<s>[^\s:]+)",
        r"library not found for -l(?P<s>\S+)",
        r"Package '?(?P<s>[^\s',]+)'?,? (?:required by|was not found|not found)",
        r"No package '(?P<s>[^']+)' found",
    ),
    *_all(
        Class.SYNTAX,
        r"-e expression #\d+, char \d+:",
        r"^\w*awk: (?:\S+: )?line \d+: missing |^\w*awk: \S+: \^ unexpected ",
        rf"error: expected {QUOTE}",
        r"not a valid identifier",
        r"Failed to parse JSON|is not valid JSON",
    ),
    *_all(
        Class.UNKNOWN_OPTION,
        r"(?i:unrecogni[sz]ed|unknown|illegal|invalid|bad|unsupported) (?:command-line )?(?:option|switch|flag)s?"
        rf"(?::| --(?=\s))? ?{MAYBE}",
        r"unrecognized (?:command line )?arguments?:? (?P<s>\S+)",
        r"option (?P<s>-\S+?):? (?:is unknown|requires|not recognized)",
        rf"{NAMED} is not an? \w+ command",
        r"[Nn]o such (?:option|command|subcommand):? ['\"`]?(?P<s>[^\s'\"`]+)",
        r"flag provided but not defined: (?P<s>\S+)",
        rf"unexpected argument {NAMED}",
        rf"invalid choice: {NAMED}",
        rf"[Uu]nknown (?:sub)?command:? {MAYBE}",
        rf"unknown predicate {NAMED}",
        rf"[Ii]nvalid command {NAMED}",
        r"(?P<s>\S+): unknown (?:sub)?command",
        r"unknown key type (?P<s>\S+)",
    ),
    *_all(
        Class.MISSING_ENV,
        rf"{SHELL}(?P<s>\w+): unbound variable",
        rf"{SHELL}(?P<s>\w+): parameter (?:null or )?not set",
        r"(?P<s>\b[A-Z_][A-Z0-9_]+)\b(?: environment)?(?: variable)? "
        r"(?:must be|is not|not|is un|needs to be) ?(?:set|defined)",
        r"(?P<s>\b[A-Z][A-Z0-9]*_[A-Z0-9_]+)\b(?: environment)?(?: variable)? is (?:required|missing|empty)",
        r"[Mm]issing (?:required )?(?:environment )?variable:? [\"'`$]?(?P<s>[A-Z_][A-Z0-9_]+)",
        r"(?:[Ee]nvironment variable|[Pp]lease set|[Ss]et the) [\"'`$]?(?P<s>[A-Z_][A-Z0-9_]+)\b",
    ),
    *_all(Class.MISSING_ENV, r"KeyError: '(?P<s>[A-Za-z_]\w*)'", only_with=("environ", "<frozen os>", "/os.py")),
    *_all(
        Class.BAD_INTERPRETER,
        rf"{SHELL}(?P<s>[^\n]+?): [^\n:]+: bad interpreter",
        rf"{SHELL}(?P<s>[^\n]+?): cannot execute: required file not found",
        r"bad interpreter",
        r"\$'\\r': command not found",
    ),
    *_all(
        Class.SYNTAX,
        r"[Ss]yntax error",
        r"(?P<s>\$\S+): ambiguous redirect",
        r"SyntaxError:|IndentationError:",
        r"[Bb]ad substitution",
        r"unexpected (?:EOF|end of file)",
        r"missing separator",
        r"\[\[: not found",
        r"parse error",
    ),
    *_all(
        Class.MISSING_COMMAND,
        rf"{SHELL}(?P<s>[^\s/:]+): command not found",
        rf"{SHELL}(?P<s>[^\s/:]+): not found",
        r"^sudo: (?P<s>\S+): command not found",
        r"^(?:env|nice|nohup|timeout|stdbuf|setsid|ionice|xargs|chroot): (?:failed to (?:run|execute) (?:command )?)?"
        rf"{QUOTE}?(?P<s>[^\s'\u2018\u2019:/]+){QUOTE}?: {GONE}",
        rf"(?:timeout|nohup|nice|stdbuf|setsid|chrt|ionice): failed to (?:run|execute)(?: command)? {NAMED}: {GONE}",
        rf"time: cannot run (?P<s>[^\s:]+): {GONE}",
        rf"^make(?:\[\d+\])?: (?P<s>[^\s:/]+): {GONE}",
        r"spawn (?P<s>[^\s/]+) ENOENT",
        r"(?P<s>\S+): command not found",
        r"exec: \"(?P<s>[^\"]+)\": executable file not found",
    ),
    *_all(
        Class.MISSING_COMMAND,
        r"FileNotFoundError: [^\n]*: '(?P<s>[^'/]+)'",
        r"npx canceled due to missing packages[^\n]*\[\"(?P<s>[^\"@]+)",
        only_with=("_execute_child", "npx"),
    ),
    *_all(
        Class.NOT_EXECUTABLE,
        r"^make(?:\[\d+\])?: (?P<s>[^\s:]+): Permission denied",
        rf"failed to (?:run|execute) command {NAMED}: Permission denied",
        r"^(?:env|nice|xargs): .?(?P<s>[^\s'\u2019:]+).?: Permission denied",
        r"spawn (?P<s>\S+) EACCES",
    ),
    *_all(
        Class.MISSING_DIRECTORY,
        rf"\b(?:cd|pushd): (?P<s>[^\n]+?): (?:{GONE}|Not a directory)",
        r"can't cd to (?P<s>\S+)",
        rf"cannot change to {NAMED}",
        rf"make(?:\[\d+\])?: \*\*\* (?P<s>[^\s:]+): {GONE}",
        rf"target {NAMED}: {GONE}",
        rf"target {NAMED} is not a directory",
        r"^Error: (?P<s>\S+) is not a directory$",
        rf"(?:scandir|chdir|opendir) {NAMED}",
        rf"Cannot (?:open|chdir)[^\n]*?directory {NAMED}",
        r"source directory \"(?P<s>[^\"]+)\" does not exist",
    ),
    *_all(
        Class.MISSING_DIRECTORY,
        r"cannot create (?P<s>[^\s:]+): Directory nonexistent",
        rf"cannot (?:create|touch|make)[^\n]*? {NAMED}: (?:{GONE}|Not a directory)",
        rf"cannot move {QUOTE}[^\n]+?{QUOTE} to {NAMED}: {GONE}",
        rf"cannot open output file (?P<s>[^\s:]+): {GONE}",
        r"Failed to open the file (?P<s>[^\s:]+):",
        rf"open failed: (?P<s>[^\s:]+): {GONE}",
        r"\bmkdir (?P<s>[^\s:]+): no such file or directory",
        rf"(?:mkdir|mkfifo|tee|split): (?P<s>[^\s:]+): {GONE}",
        rf"no such file or directory, (?:mkdir|copyfile [^\n]*->|rename [^\n]*->) {NAMED}",
        subject=Subject.INSIDE,
    ),
    *_all(
        Class.ALREADY_EXISTS,
        rf"{NAMED}: File exists",
        r"(?P<s>[^\s:]+): cannot overwrite existing file",
        rf"destination path {NAMED} already exists",
        r"(?:[Bb]ranch|[Tt]ag|[Rr]emote|[Tt]able|[Ii]ndex|[Ff]ile|[Dd]irectory|[Uu]ser|[Dd]atabase)"
        rf"(?: named)? {MAYBE} already exists",
        r"UNIQUE constraint failed: (?P<s>\S+)",
        r"duplicate key value",
        r"EEXIST[^\n]*'(?P<s>[^']+)'",
        rf"FileExistsError[^\n]*: {NAMED}",
        r"(?P<s>\S+): File exists",
        r"(?P<s>\S+):? already exists",
        r"EEXIST|File exists|already exists",
    ),
    *_all(
        Class.MISSING_FILE,
        rf"^tar: (?P<s>[^\n]+?): Cannot (?:open|stat): {GONE}",
        rf"cannot (?:stat|access|open|remove|read|find|unlink|opendir)[^\n]*? {NAMED}{NOT_DENIED}",
        r"[Cc](?:an|ould)(?:'|no|n')t (?:read|open|find) (?:file )?\"?'?(?P<s>[^\s':]+)'?",
        r"[Cc](?:annot|ould not) (?:read|open|find|stat|load)(?: file| or open| requirements file|: \[[^\]]+\])*:? "
        rf"(?!{DENIED})"
        rf"{QUOTE}?(?P<s>[^\s'\"\u2018\u2019:,]+)",
        rf"cannot open file {NAMED}",
        r"unable to open database (?:file )?\"(?P<s>[^\"]+)\"",
        r"unable to open database",
        rf"failed to open {NAMED}",
        rf"FileNotFoundError[^\n]*: {NAMED}",
        rf"no such file or directory, \w+ {NAMED}",
        rf"pathspec {NAMED} did not match any files",
        rf"cannot open (?P<s>[^\s:]+) \({GONE}\)",
        rf"{QUOTE}(?P<s>[^'\u2018\u2019\n]+){QUOTE}: {GONE}",
        rf": (?P<s>[^\s:]+): {GONE}",
        rf"^(?P<s>[^\s:]+): {GONE}",
        r"\b(?:open|stat|lstat|read|chdir|fork/exec) (?P<s>[^\s:]+): no such file or directory",
        r"^File (?P<s>\S+) is unavailable",
        r"[Ff]ile (?:or directory )?not found: (?P<s>\S+)",
        r"Unable to access jarfile (?P<s>\S+)",
        r"name not matched: (?P<s>\S+)",
        r"bad source, source=(?P<s>[^\s,]+)",
        r"[Ff]ile (?P<s>\S+) (?:does not exist|not found)",
        rf"{GONE}|No such file",
    ),
    *_all(
        Class.PERMISSION_DENIED,
        rf"{NAMED}: (?:Permission denied|Operation not permitted)",
        rf"(?:PermissionError|EACCES|EPERM)[^\n]*{NAMED}",
        r"cannot create (?P<s>[^\s:]+): Permission denied",
        r"(?P<s>[^\s:]+): (?:Permission denied|Operation not permitted|permission denied)",
        r"Permission denied|Operation not permitted|EACCES|EPERM",
        r"must be (?:run as )?root|[Aa]re you root|need to be root|[Rr]oot privileges",
    ),
    # `${NAME:?words}` in a script: the words are its author's.
    *_all(
        Class.MISSING_ENV, r"^[^\s:]+: line \d+: (?P<s>[A-Z][A-Z0-9_]+): (?!readonly variable|bad array|cannot assign)"
    ),
)
"""The first that is found decides."""
