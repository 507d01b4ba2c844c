"""Takes up what the failed tool itself says was meant."""

import re
from collections.abc import Iterator

from replay.repairs import editing, locating, similar
from replay.repairs.proposal import Candidate, Evidence, Files, PatchEntry, PatchOp, Trust

MARGINS = re.compile(r"(?m)^(?:npm (?:error|ERR!)|error:|ERROR:|hint:|help:|tip:)[ \t]?")
"""What tools put before every line of a message."""
BLOCK = re.compile(
    r"(?:most similar commands? (?:is|are)|[Dd]id you mean(?: this| one of these)?\??)[ \t]*:?[ \t]*\n(?:[ \t]*\n)?"
    r"((?:[ \t]+\S.*(?:\n|$))+)"
)
INLINE = re.compile(
    r"(?:[Dd]id you mean|(?:[Mm]aybe|[Pp]erhaps) you (?:meant|want(?:ed)?)|[Yy]ou probably meant"
    r"|similar (?:argument|subcommand|command|option|value|name|task|recipe)s? exists?"
    r"|(?:renamed|changed|moved) to|replaced (?:by|with))"
    r"(?: to use| the (?:command|option))?[: \t]+(?!this\b|one of these)(\S.*)"
)
INSTEAD = re.compile(r"(?:[Uu]se|[Tt]ry|[Pp]refer)[: \t]+(\S+)[ \t]+instead")
UPSTREAM = re.compile(r"(?m)^[ \t]+(git push --set-upstream \S+ \S+)[ \t]*$")
CHOICES = re.compile(r"invalid choice: '?([^'\s]+)'? \((?:maybe you meant '([^']+)'|choose from ([^)]*))")
UNKNOWN = re.compile(
    r"(?:unrecogni[sz]ed|unknown|invalid|no such|unexpected|illegal)(?: command[- ]line)? "
    r"(?:option|argument|flag|switch|parameter)s?:?[ \t]+[`'\"]?(--?[A-Za-z][\w-]*)"
)
USAGE = re.compile(r"(?mi)^usage:|^options:")
QUOTES = "`'\"\u2018\u2019\u201c\u201d"
SAFE = re.compile(r"[\w@%+:,./=-]+(?: [\w@%+:,./=-]+){0,7}")
SCRIPT_RUNNERS = frozenset({"npm", "pnpm", "yarn", "bun"})
RUNS = frozenset({"run", "run-script", "test", "start"})
"""What runs a script: no other subcommand that the tool lists beside it does."""
LEAST_ALIKE = 0.4


class ToolHint:
    """Replaces the word that the tool did not know by the one that it named."""

    name = "tool-hint"

    def matches(self, evidence: Evidence) -> bool:
        """Any failure with something printed."""
        return bool(evidence.output)

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """A candidate for each thing that the tool says may have been meant."""
        del files
        output = MARGINS.sub("", evidence.output)
        hints = tuple(dict.fromkeys(_hints(output)))
        found = ((hint, patch) for hint in hints if SAFE.fullmatch(hint) and (patch := _patch(hint, output, evidence)))
        named = tuple(found)
        # Of several that the tool names each is as likely, also where others are refused later.
        candidates = [_candidate(hint, patch, 0.9 / len(named)) for hint, patch in named]
        if not candidates:
            near = _nearest_option(output, evidence)
            candidates = [_candidate(hint, patch, 0.6) for hint, patch in near]
        return tuple(candidates)


def _candidate(hint: str, patch: tuple[PatchEntry, ...], confidence: float) -> Candidate:
    return Candidate(
        source=f"rule:{ToolHint.name}",
        patch=patch,
        rationale=f"The tool itself names {hint!r}.",
        confidence=confidence,
        trust=Trust.TOOL_HINT,
    )


def _hints(output: str) -> Iterator[str]:
    """What the tool says was meant, in the order that it says it."""
    for block in BLOCK.finditer(output):
        yield from (_bare(line.partition(" #")[0]) for line in block[1].splitlines() if line.strip())
    for found in INLINE.finditer(output):
        yield from _listed(found[1])
    for found in INSTEAD.finditer(output):
        yield _bare(found[1])
    for found in CHOICES.finditer(output):
        among = re.findall(r"[\w.:-]+", found[3] or "")
        sharing = [name for name in among if similar.share_word(found[1], name)]
        yield from [found[2]] if found[2] else similar.nearest(found[1], among) or sharing
    yield from UPSTREAM.findall(output)


def _listed(text: str) -> Iterator[str]:
    """Names out of `'a', 'b'`, `a or b?`, or a single bare one."""
    quoted = re.findall(rf"[{QUOTES}]([^{QUOTES}]+)[{QUOTES}]", text)
    if quoted:
        yield from quoted
        return
    text = text.partition("? ")[0].partition(" (")[0]
    for part in re.split(r",\s*|\s+or\s+", text):
        yield _bare(part)


def _bare(text: str) -> str:
    bare = text.strip().strip(QUOTES).rstrip("?.!,;")
    closes = bare.endswith(")") and "(" not in bare
    return (bare[:-1].rstrip("?.!,;") if closes else bare).strip(QUOTES).strip()


def _patch(hint: str, output: str, evidence: Evidence) -> tuple[PatchEntry, ...]:
    """What the hint changes; empty when it can't be placed in the command for certain."""
    said = hint.split()
    if len(said) > 1:
        uses = editing.uses(evidence.step.run, said[0])
        patches = (_whole(said, [editing.value(word) or "" for word in use.words], evidence) for use in uses)
        return next((patch for patch in patches if patch), ())
    wrong = _wrong_word(hint, output, evidence)
    return _instead(wrong, hint, evidence) if wrong else ()


def _whole(said: list[str], words: list[str], evidence: Evidence) -> tuple[PatchEntry, ...]:
    """A hint that is a whole command: it changes one word, or says what was left out."""
    plain = [text for text in words if not text.startswith("-")]
    differ = [(old, new) for old, new in zip(plain, said, strict=False) if old != new]
    if len(plain) >= len(said) and len(differ) == 1 and not (said[0] in SCRIPT_RUNNERS and differ[0][0] in RUNS):
        return _instead(differ[0][0], differ[0][1], evidence)
    pushes = said[:2] == words[:2] == ["git", "push"] and set(plain) <= set(said)
    return _line(said, evidence) if pushes or words == said[: len(words)] else ()


def _line(said: list[str], evidence: Evidence) -> tuple[PatchEntry, ...]:
    """The command's own span replaced by the line that the tool printed, its options kept."""
    run = evidence.step.run
    for use in editing.uses(run, said[0]):
        words = editing.words_of(run, use)
        if [editing.value(word) for word in words[1:2]] == said[1:2] or len(words) == 1:
            own = [
                text for word in words if (text := editing.value(word)) and text.startswith("-") and text not in said
            ]
            line = " ".join([*said[:2], *own, *said[2:]])
            run = editing.replaced(run, [(words[0].span.start, words[-1].span.end, line)])
            return (PatchEntry(op=PatchOp.REPLACE, step_index=evidence.step_index, value=run),)
    return ()


def _wrong_word(hint: str, output: str, evidence: Evidence) -> str | None:
    """The word of the command that the tool did not know."""
    values = [text for word in editing.words(evidence.step.run) if (text := editing.value(word))]
    options = [text.partition("=")[0] for text in values if text.startswith("-")]
    candidates = [text for text in dict.fromkeys([*values, *options]) if text != hint]
    tokens = re.findall(rf"[^\s{QUOTES}(),;]+", output)
    printed = {token.rstrip(".:?!") for token in tokens} | set(tokens)
    named = [text for text in candidates if text in printed and text.startswith("-") == hint.startswith("-")]
    if evidence.failure.subject in named:
        return evidence.failure.subject
    if not named:
        return None
    best = max(named, key=lambda text: similar.closeness(text, hint))
    alike = similar.closeness(best, hint) >= LEAST_ALIKE or similar.share_word(best, hint)
    return best if alike or (len(named) == 1 and hint.startswith("-")) else None


def _instead(old: str, new: str, evidence: Evidence) -> tuple[PatchEntry, ...]:
    """One word for another, in this step and in later ones of the same tool."""
    uses = editing.parse(evidence.step.run).commands
    mine = [
        use
        for use in uses
        if any((editing.value(word) or "").partition("=")[0] == old.partition("=")[0] for word in use.words)
    ]
    tools = frozenset(editing.shown(use.name) for use in mine if use.name)
    return locating.replace_from_here(evidence, old, new, tools=tools) if tools else ()


def _nearest_option(output: str, evidence: Evidence) -> Iterator[tuple[str, tuple[PatchEntry, ...]]]:
    """The unknown option's neighbours among those that the tool printed in its usage."""
    found = UNKNOWN.search(output)
    usage = USAGE.search(output)
    if not found or not usage:
        return
    options = list(dict.fromkeys(re.findall(r"(?<![\w-])--[\w-]+", output[usage.start() :])))
    for option in similar.nearest(found[1], options):
        patch = _instead(found[1], option, evidence)
        if patch:
            yield option, patch
