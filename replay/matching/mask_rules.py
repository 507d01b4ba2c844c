"""The table of what varies in recorded text, each row with where it stands, and of what may stand there instead."""

import re
from functools import cache

import msgspec

HINT_GIT = "git"
"""The command prints commit ids, those of digits alone as well."""
HINT_PID = "pid"
"""The command prints the number of a process."""
HINT_JOBS = "jobs"
"""The command starts something in the background."""

_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_YEAR = r"(?:19|20)\d\d"
_ISO = rf"{_YEAR}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_PACKED = rf"{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_SLASHED = rf"(?:\d\d[/.]\d\d[/.]{_YEAR}|{_YEAR}/\d\d/\d\d)"
_SPELT = rf"(?:{_DAY},? )?(?:{_MONTH} +\d{{1,2}},? {_YEAR}|\d{{1,2}} {_MONTH} {_YEAR})"
_HOUR = r"(?:[01]\d|2[0-3])"
_FULL_CLOCK = rf"{_HOUR}:[0-5]\d:[0-5]\d(?:[.,]\d{{1,9}})?"
_CLOCK = rf"(?:{_FULL_CLOCK}|{_HOUR}:[0-5]\d)"
_ZONE = (
    r"(?: ?(?:UTC|GMT|BST|IST|JST|MSK|CES?T|WES?T|EES?T|[ECMP][SD]T|A[EC][SD]T)\b"
    r"| ?[+-]\d\d:?\d\d|Z)?"
)
_STAMPS = (
    rf"{_DAY},? +{_MONTH} +\d{{1,2}},? +(?:{_YEAR} +)?{_CLOCK}(?: [AP]M)?{_ZONE}(?: {_YEAR}\b)?{_ZONE}",
    rf"(?:{_DAY},? +)?\d{{1,2}}[ /-]{_MONTH}[ /-]{_YEAR}[: ]{_CLOCK}(?: [AP]M)?{_ZONE}",
    rf"{_ISO}(?:T|[ _-]{{1,2}})(?:{_CLOCK}|{_HOUR}-?[0-5]\d-?[0-5]\d){_ZONE}",
    rf"{_PACKED}[-_T.]?{_HOUR}[0-5]\d[0-5]\dZ?",
    rf"{_MONTH} +\d{{1,2}} +(?:{_YEAR} +)?{_FULL_CLOCK}(?: {_YEAR}\b)?",
)
_STAMP = "(?:" + "|".join(_STAMPS) + ")"
_LISTED_DAY = rf"(?:{_MONTH} +\d{{1,2}}|\d{{1,2}} +{_MONTH})"
_LISTED = rf"(?:{_LISTED_DAY} +(?:{_HOUR}:[0-5]\d|{_YEAR})|{_STAMP})"
_EPOCH = r"\d{10}(?:\.\d{1,9}|\d{3}|\d{6}|\d{9})?"
_UNIT = (
    r"(?:nanoseconds?|microseconds?|milliseconds?|seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?"
    r"|years?|nsec|usec|msec|ns|us|µs|μs|ms|s|m|h|d)(?![A-Za-z])"
)
_NUMBER = r"\d+(?:\.\d+)?(?:e[-+]?\d+)?"
_ALONE = r"(?<![\w.])"
_LONG_UNIT = r"(?:second|minute|hour|day|week|month|year)s?"
_TOOK = "elapsed|took|duration|runtime|wall|time|real|user|sys|latency"
_SETTING = r"\b(?:time-?_?out|delay|interval|limit|ttl|deadline|every|budget|threshold|sleep|retry)\w*\W{1,4}"
_IS = r"[\"']?\s*[:=]\s*[\"']?"
_METER = r"[\d.]+[kMGT]?"
_THINGS = r"(?:[kKMGT]?i?[bB]|bytes|bits?|its?|iterations|reqs?|requests|rows|records|ops|lines|items|files)"
_MODE = r"[rwxsStT-]{9}[.+@]? +\d+ "
_SIZE = r"(?:\d+|[\d.]+[KMGT])"
_PACKED_FILE = r".*\.(?:gz|tgz|bz2|xz|zst|zip|jar|whl|db|sqlite3?|log|pdf|pyc)$"
_WORD_BEFORE, _WORD_BEHIND = r"(?<![0-9A-Za-z_])", r"(?![0-9A-Za-z_])"
_NOT_A_WORD = r"(?![a-f]{4,}[0-9]{1,3}(?![0-9A-Za-z_]))"
_BYTE = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_TEMP = r"(?<![\w./-])(?:(?:/private)?(?:/var)?/tmp|/dev/shm|/var/folders/[^/\s]+/[^/\s]+/[A-Z])/"
_TEMP_NAME = r"tmp[._-]?[A-Za-z0-9_]{6,12}|cc[A-Za-z0-9]{6}\.\w+|go-build\d+|pytest-of-[^/\s]+/pytest-\d+"
_MIXED_TAIL = r"[\w-]+[-._](?=[A-Za-z0-9]*(?:\d[A-Za-z]|[a-z][A-Z]))[A-Za-z0-9]{6,12}"


class Mask(msgspec.Struct, frozen=True):
    """One way in which something that varies is recognised."""

    name: str
    """What stands for it in a pattern, as `{{duration}}`."""
    finds: str
    """Regular expression of where it stands: its groups when it has any, else all that matches."""
    hint: str | None = None
    """Looked for only in what a command of this kind prints."""
    now: bool = False
    """Only when it is about the moment of the recording: other dates and numbers are data."""
    unless: str | None = None
    """Not when this regular expression matches right before it."""

    @property
    def finder(self) -> re.Pattern[str]:
        """`finds`, compiled when it is first used: most commands of the program mask nothing."""
        return _compiled(self.finds, re.MULTILINE)

    @property
    def excuse(self) -> re.Pattern[str] | None:
        """`unless`, compiled when it is first used."""
        return _compiled(rf"(?:{self.unless})$", re.IGNORECASE) if self.unless else None


_compiled = cache(re.compile)


def _mask(name: str, finds: str, *, hint: str | None = None, now: bool = False, unless: str | None = None) -> Mask:
    return Mask(name, finds, hint, now, unless)


def _row(kinds: str, rest: str) -> str:
    """A row of `ls -l` for these kinds of file, up to its owner and group, and what follows."""
    return rf"^ *(?:\d+ +)?[{kinds}]{_MODE}+\S+ +\S+ +{rest}"


MASKS: tuple[Mask, ...] = (
    _mask("uuid", r"(?<![0-9A-Za-z])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![0-9A-Za-z])"),
    # Listings: the sizes of directories, links and packed files follow the machine and the clock.
    _mask("inode", rf"^ *(\d+) +[-dlbcps]{_MODE}"),
    _mask("size", _row("dl", rf"({_SIZE}) +{_LISTED} ")),
    _mask("size", _row("-", rf"({_SIZE}) +{_LISTED} {_PACKED_FILE}")),
    _mask("size", rf"^total ({_SIZE})\n(?= *(?:\d+ +)?[-dlbcps]{_MODE})"),
    _mask("timestamp", _row("-dlbcps", rf"(?:\d+, +)?{_SIZE} +({_LISTED}) ")),
    _mask("inode", r"\b(?:Inode: |inode )(\d+)"),
    _mask("inode", r"\bDevice: (\S+)"),
    # Progress drawn in place, of which the last state is left; resource counts of `time`.
    _mask("progress", rf"^ *(?:\d+ +{_METER} +){{3}}{_METER} +{_METER} +(?:[\d:-]+ +){{3}}{_METER}$"),
    _mask("spinner", r"^ *([\u2801-\u28ff\u25d0-\u25d3\u25f0-\u25f7])(?= )"),
    _mask("progress", r"(?<!\d)\d{1,3}%\[[=> ]*\].*$"),
    _mask("progress", r"^ *\d+K[ .]* +\d+% +([\d.]+[KMG]?=[\d.]+m?s)$"),
    _mask("progress", r"(?<!\d)\d{1,3}%\|[^|\n]{0,200}\| *\d{1,12}/\d{1,12} \[([^\]\n]{0,80})\]"),
    _mask("progress", r"^ *\d+\.\d+user .*$"),
    _mask("progress", r"^\d+inputs\+\d+outputs .*$"),
    _mask("size", r"\bobjects: +\d+% \(\d+/\d+\), ([\d.]+ (?:bytes|[KMG]iB))(?= \|)"),
    _mask("size", r"^sent ([\d,.]+\w?) bytes +received ([\d,.]+\w?) bytes"),
    _mask("number", r"^total size is [\d,.]+\w? +speedup is ([\d,.]+)"),
    _mask("rate", rf"{_ALONE}[\d,.]+ ?{_THINGS}?/s(?:ec(?:ond)?)?\b"),
    _mask("rate", rf"{_ALONE}--\.-?-? ?{_THINGS}/s"),
    # Moments.
    _mask("timestamp", rf"{_ALONE}{_STAMP}(?![\w:])"),
    _mask(
        "timestamp",
        rf"(?i:\b\w{{0,30}}(?:time|stamp|_at|created|updated|epoch)\w{{0,30}}){_IS}(1\d{{9}}(?:\d{{3}})?(?:\.\d+)?)\b",
    ),
    _mask("date", rf"{_ALONE}{_ISO}(?!\d)", now=True),
    _mask("date", rf"(?<!\d){_PACKED}(?!\d)", now=True),
    _mask("date", rf"(?<!\d){_SLASHED}(?!\d)", now=True),
    _mask("date", rf"\b{_SPELT}\b", now=True),
    _mask("timestamp", rf"{_ALONE}{_EPOCH}(?!\w|\.\d)", now=True),
    _mask("progress", r"\b\d\d:\d\d<\d\d:\d\d\b"),
    _mask("duration", r"(?<![\w:.])\d+:[0-5]\d:[0-5]\d\.\d+(?![\w:])"),
    _mask("time", rf"(?<![\w:.]){_FULL_CLOCK}(?: [AP]M)?(?![\w:])"),
    _mask("time", rf"(?:^\[|\bat )({_HOUR}:[0-5]\d)\b(?!:)"),
    # Durations: with a fraction or a small unit anywhere, whole seconds only behind a word that says so.
    _mask("duration", rf"{_ALONE}(?:\d+h ?)?\d+m ?\d+(?:\.\d+)?s\b", unless=_SETTING),
    _mask(
        "duration",
        rf"{_ALONE}\d+\.\d+(?:e-?\d+)? ?(?:s|secs?|seconds?)\b(?:, estimated \d+ s\b)?",
        unless=_SETTING,
    ),
    _mask(
        "duration",
        rf"{_ALONE}{_NUMBER} ?(?:[num]sec|ns|us|µs|μs|ms|(?:milli|micro|nano)seconds?)\b",
        unless=_SETTING,
    ),
    _mask(
        "duration",
        rf"(?i:\b(?:in|after|spent|eta|{_TOOK}))\b\W{{0,3}}({_NUMBER} ?{_UNIT}(?: ?{_NUMBER} ?{_UNIT})*)",
        unless=_SETTING,
    ),
    _mask("duration", rf"[(\[]({_NUMBER}s)[)\]]"),
    _mask("duration", rf"(?i:\b(?:{_TOOK}|secs|seconds))\b[\"']?\s*[:=]?\s*[\"']?(\d+\.\d+)\b(?!\.)"),
    _mask("duration", rf"(?i:\b(?:elapsed|duration|took|runtime)(?:_?(?:ms|us|ns|s|secs?|seconds|time))?){_IS}(\d+)\b"),
    # A unit in the name says it all: `duration_ms 54.5`.
    _mask("duration", rf"(?i:\b(?:\w{{1,30}}_)?(?:{_TOOK})_(?:ms|us|ns|secs?|seconds))[ \t]+({_NUMBER})\b(?!\.)"),
    _mask("duration", rf"\b(?:(?:about )?an?|\d+) {_LONG_UNIT} ago\b"),
    _mask("duration", rf"\bUp ((?:About )?(?:an?|\d+) {_LONG_UNIT})\b"),
    _mask("duration", r"^ok +\t?\S+\t(\(cached\))"),
    # Identities.
    _mask("address", r"(?<!\w)0x[0-9a-fA-F]{9,16}\b"),
    _mask("address", r"\bat (0x[0-9a-fA-F]{5,16})\b"),
    _mask("hash", r"^\[[^\]\n]*? ([0-9a-f]{7,40})\]"),
    _mask("hash", r"\b(?:commit|HEAD is now at|Updating|index) ([0-9a-f]{7,40})\b"),
    _mask("hash", r"(?<![\w/.-])([0-9a-f]{7,40})\.\.\.?([0-9a-f]{7,40})\b"),
    _mask("hash", r"(?<![\w.-])[0-9a-f]{7,40}(?![\w.-])", hint=HINT_GIT),
    _mask("hash", r"(?<=-)g([0-9a-f]{7,40})\b"),
    _mask(
        "hash",
        rf"{_WORD_BEFORE}(?=[a-f]*[0-9])(?=[0-9]*[a-f]){_NOT_A_WORD}[0-9a-f]{{7,128}}{_WORD_BEHIND}",
    ),
    _mask("hash", rf"{_WORD_BEFORE}(?=[A-F]*[0-9])(?=[0-9]*[A-F])[0-9A-F]{{16,128}}{_WORD_BEHIND}"),
    _mask("tmp", rf"{_TEMP}((?:{_TEMP_NAME})(?![\w.-]))"),
    _mask("tmp", rf"{_TEMP}({_MIXED_TAIL}(?![\w.-]))"),
    _mask("tmp", r"(?<![\w.-])tmp\.[A-Za-z0-9]{10}\b"),
    _mask("pid", r"^\[\d+\] (\d+)$", hint=HINT_JOBS),
    _mask("pid", r"(?i:\bpid)[ =:#\"']{1,4}(\d+)\b"),
    _mask("pid", r"\b[Pp]rocess(?: [Ii][Dd])?[ =:#]{1,2}(\d{2,7})\b"),
    _mask("pid", r": line \d+: +(\d{2,7}) (?:[A-Z][a-z]+)"),
    _mask("pid", r"\bkill: \((\d+)\)"),
    _mask("pid", r"^==(\d+)=="),
    _mask("pid", r"(?<![\w.:/-])\d{2,7}(?![\w.:/-])", hint=HINT_PID),
    _mask("port", r"(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]):(3[3-9]\d{3}|[456]\d{4})\b"),
    _mask("seed", r"(?i:\bseed)\W{0,3}(\d{5,})\b"),
)
"""In order of priority: what an earlier one has taken, a later one leaves alone. Counts and names are in none."""

VALUES: dict[str, str] = {
    "any": r".*?",
    "token": r"\S+",
    "uuid": r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}",
    "inode": r"[\w,/]+",
    "size": r"[\d.,]+(?: ?(?:bytes|[KMGT]i?B?))?",
    "progress": r".*?",
    "spinner": r"[\u2801-\u28ff\u25d0-\u25d3\u25f0-\u25f7|/\\-]",
    "percentage": r"\d+(?:[.,]\d+)? ?%",
    "number": r"[\d.,]+",
    "rate": r"[-\d.,]+ ?[\w ]*?/s(?:ec(?:ond)?)?",
    "timestamp": rf"(?:{_STAMP}|{_LISTED}|{_EPOCH})",
    "date": rf"(?:{_ISO}|{_PACKED}|{_SLASHED}|{_SPELT})",
    "time": rf"{_CLOCK}(?: [AP]M)?",
    "duration": (
        rf"(?:\(cached\)|(?:[Aa]bout )?an? {_LONG_UNIT}(?: ago)?"
        rf"|{_NUMBER}(?:[:.,]\d+)*(?: ?{_UNIT})?(?: ?{_NUMBER} ?{_UNIT})*(?: ago)?(?:, estimated \d+ s)?)"
    ),
    "address": r"0x[0-9a-fA-F]+",
    "ip": rf"(?:(?:{_BYTE}\.){{3}}{_BYTE}|(?=[0-9a-fA-F]*:[0-9a-fA-F]*:)[0-9a-fA-F:]{{2,39}}(?:%\w+)?)",
    "mac": r"[0-9a-fA-F]{2}(?:[:-][0-9a-fA-F]{2}){5}",
    "hash": r"[0-9a-fA-F]{4,128}",
    "hex": r"[0-9a-fA-F]*",
    "tmp": r"[^\s'\":]+?",
    "pid": r"\d{1,8}",
    "port": r"\d{1,5}",
    "seed": r"\d+",
}
"""What may stand where a mask stands, by its name; `any` and `token` are for people, `hex` follows a shortened hash."""
