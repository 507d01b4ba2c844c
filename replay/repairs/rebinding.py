"""Lets a path's new name follow through a playbook: commands, needs, effects and outputs, however it is spelt."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from posixpath import basename, dirname, isabs, join, normpath, relpath, splitext

import msgspec

from replay.calls import is_call, lifted
from replay.playbook import ExpectedEffect, ParameterType, Playbook, PlaybookStep, Requirement, Source
from replay.repairs import editing

ROOT = "/\ue002"
"""Stands for the workspace in resolved paths."""
HOME = "/\ue003"
"""Stands for the user's home in resolved paths."""
NAMES_ITS_INPUT = frozenset(
    [
        "cksum",
        "du",
        "echo",
        "file",
        "find",
        "grep",
        "ls",
        "md5sum",
        "printf",
        "realpath",
        "sha1sum",
        "sha256sum",
        "sha512sum",
        "stat",
        "sum",
        "tar",
        "wc",
        "zip",
    ]
)
"""Commands that print or keep the names of their operands: what they write can't stay the same under a new name."""
KEEPS_STEM = frozenset(
    [
        "as",
        "c++",
        "cc",
        "clang",
        "clang++",
        "g++",
        "gcc",
        "gfortran",
        "javac",
        "latex",
        "pdflatex",
        "rustc",
        "tsc",
        "xelatex",
    ]
)
"""Commands that name their output after the input, with another extension."""
COPIES = frozenset(["cp", "install", "ln", "mv", "rsync"])
"""Commands that keep the name of what they put into a directory."""
UNPACKS = frozenset(["bunzip2", "bzip2", "gunzip", "gzip", "unxz", "unzstd", "xz", "zstd"])
"""Commands that name their output after the input, with an extension less."""
PROSE = re.compile(r"[A-Za-z]+|[./]+")
"""A spelling that is a word of its own, or only dots."""
OPTION = re.compile(r"(--?[\w-]+=|-[IL](?=.)|[A-Za-z_]\w*=|@)(.+)", re.DOTALL)


@dataclass(frozen=True)
class Place:
    """What relative paths are meant from.

    Attributes:
        cwds: Resolved directories that may be the current one, most likely first; empty when unknown.
        roots: Names of the parameters that hold the workspace.
        now: The directory that the step begins in under the new name; None: as before.
    """

    cwds: tuple[str, ...]
    roots: frozenset[str]
    now: str | None = None

    def resolve(self, text: str, cwd: str | None = None) -> str | None:
        """A path as it is from the root of all; None when the directory is unknown."""
        found = editing.PLACEHOLDER.match(text)
        base = cwd or next(iter(self.cwds), None)
        if found:
            top = ROOT if found[1] in self.roots else HOME if found[1] == "home" else f"/{found[0]}"
            return normpath(top + text[found.end() :])
        if text == "~" or text.startswith("~/"):
            return normpath(HOME + text[1:])
        if isabs(text):
            return normpath(text)
        return None if base is None else normpath(join(base, text))

    def template(self, resolved: str) -> str:
        """A resolved path as an absolute path of the document."""
        root = editing.placeholder(min(self.roots, default="project"))
        return resolved.replace(ROOT, root, 1).replace(HOME, "{{home}}", 1)


@dataclass(frozen=True)
class Rebinding:
    """One path's new name.

    Attributes:
        old: Resolved.
        new: Resolved.
    """

    old: str
    new: str

    def moved(self, resolved: str | None) -> str | None:
        """Where a resolved path is now; None when it is not the old one or below it."""
        if resolved is None:
            return None
        if resolved == self.old:
            return self.new
        return self.new + resolved[len(self.old) :] if resolved.startswith(f"{self.old}/") else None

    def _relative(self, text: str, moved: str, cwd: str) -> str:
        """The new path from a directory; where only its last part changed, what stands before is kept."""
        if moved == self.new and dirname(self.old) == dirname(self.new) and basename(text) == basename(self.old):
            return join(dirname(text), basename(self.new))
        return relpath(moved, cwd)

    def path(self, text: str, place: Place) -> str | None:
        """The new spelling of a path, in the manner of the old one; None when it is another path."""
        absolute = isabs(text) or text.startswith(("~", "{{"))
        for at, cwd in enumerate(place.cwds or ("",)):
            moved = self.moved(place.resolve(text, cwd or None))
            if moved is None:
                continue
            base = (place.now if at == 0 else None) or self.moved(cwd) or cwd
            if not absolute and base != cwd and normpath(join(base, text)) == moved:
                return None
            spelt = _absolute(text, moved, place) if absolute else self._relative(text, moved, base)
            if text.startswith("./") and not spelt.startswith("."):
                spelt = f"./{spelt}"
            return spelt + "/" if text.endswith("/") and text != "/" else spelt
        return None


def _absolute(text: str, moved: str, place: Place) -> str:
    """A resolved path as the document names it; below a tilde it stays there."""
    if text.startswith("~/") and moved.startswith(f"{HOME}/"):
        return f"~{moved[len(HOME) :]}"
    return place.template(moved)


def roots(playbook: Playbook) -> frozenset[str]:
    """Names of the parameters that hold the workspace's directory."""
    found = {
        name
        for name, parameter in playbook.parameters.items()
        if parameter.type is ParameterType.PATH
        and (parameter.source is Source.WORKSPACE or parameter.default == "{{cwd}}")
    }
    return frozenset(found or {"project"})


def rebind(playbook: Playbook, first: int, old: str, new: str) -> Playbook:
    """A path's new name, from one step on.

    Args:
        playbook: The base.
        first: The first step that changes, counted from 1.
        old: Relative to the workspace, or absolute; may hold placeholders.
        new: Likewise.

    Returns:
        The playbook with commands, needs, effects and outputs of that step and all later ones changed.
    """
    names = roots(playbook)
    top = Place((ROOT,), names)
    before, after = top.resolve(old), top.resolve(new)
    rebindings = [Rebinding(before, after)] if before and after else []
    then: str | None = ROOT
    now: str | None = ROOT
    left: list[str | None] = []
    left_now: list[str | None] = []
    named: set[str] = set()
    steps: list[PlaybookStep] = []
    for index, step in enumerate(playbook.steps, 1):
        place, then = _walked(step, then, names, left)
        begin, _ = _walked(step, now, names, list(left_now))
        place = replace(place, now=next(iter(begin.cwds), None))
        changed = step
        if index >= first:
            rebindings += [derived for known in rebindings for derived in _derived(step, place, known)]
            for rebinding in rebindings:
                changed = _step(changed, place, rebinding, named)
        steps.append(changed)
        _, now = _walked(changed, now, names, left_now)
    return msgspec.structs.replace(playbook, steps=tuple(steps))


def _walked(
    step: PlaybookStep, cwd: str | None, names: frozenset[str], left: list[str | None]
) -> tuple[Place, str | None]:
    """Where a step takes place, and the directory that it leaves the shell in; `left` is the shell's stack of them."""
    if step.cwd:
        cwd = Place((cwd,) if cwd else (), names).resolve(step.cwd)
    here = Place((cwd,) if cwd else (), names)
    visited = tuple(_visited(step.run, here, left))
    known = tuple(path for path, _ in visited if path)
    stays = [path for path, stays in visited if stays]
    return Place(here.cwds + known, names), stays[-1] if stays else cwd


def in_text(text: str, old: str, new: str) -> str:
    """Printed text with a path replaced where it stands by itself, a leading `./` kept.

    Args:
        text: What is printed, or the source of a program.
        old: One spelling of the path; a plain word counts only where it can't be prose: in quotes, before a
            slash, or alone on its line.
        new: The new spelling.

    Returns:
        The text.
    """
    name = re.escape(old)
    pattern = rf"(?<![\w./-])((?:\./)?){name}(?![\w-]|\.\w)"
    if PROSE.fullmatch(old):
        pattern = rf"(?<![\w./-])((?:\./)?){name}(?=/)|(?<=['\"`]){name}(?=['\"`])|(?m:^){name}(?m:$)"
    return re.sub(pattern, lambda found: (found[1] or "") + new, text)


def _visited(run: str, here: Place, left: list[str | None]) -> Iterator[tuple[str | None, bool]]:
    """The directories that a command line goes to, in order, None for an unknown one; and whether it stays there."""
    cwd = next(iter(here.cwds), None)
    for use in editing.parse(run).directories:
        if not use.conditional:
            path = None if use.path in (None, "-") else editing.shown(str(use.path))
            if use.tool == "pushd":
                left.append(cwd)
            cwd = None if path is None else Place((cwd,) if cwd else (), here.roots).resolve(path)
            yield cwd, not use.scope
    for command in editing.uses(run, "popd"):
        yield (left.pop() if left else None), not command.scope


def _step(step: PlaybookStep, place: Place, rebinding: Rebinding, named: set[str]) -> PlaybookStep:
    """One step with the new name in all its parts; `named` are the files that hold the name, more with each step."""
    run = rebound_run(step.run, place, rebinding)
    top = Place((ROOT,), place.roots)
    passes_on = _passes_on(step.run, place, named)
    expect = step.expect
    if expect.output is not None:
        output = expect.output
        for old, new in _spellings(place, rebinding, by_name=run != step.run or passes_on):
            output = in_text(output, old, new)
        expect = msgspec.structs.replace(expect, output=output)
    if expect.effects is not None:
        names_input = passes_on or (run != step.run and _prints_names(step.run, place, rebinding))
        named |= {path for effect in expect.effects if names_input and (path := top.resolve(effect.path))}
        effects = tuple(_effect(effect, top, rebinding, names_input=names_input) for effect in expect.effects)
        expect = msgspec.structs.replace(expect, effects=effects)
    return msgspec.structs.replace(
        step,
        run=run,
        cwd=step.cwd and (rebinding.path(step.cwd, place) or step.cwd),
        requires=tuple(_requirement(need, place, rebinding) for need in step.requires),
        expect=expect,
    )


def rebound_run(run: str, place: Place, rebinding: Rebinding) -> str:
    """A command with the new name wherever it means the old path.

    Args:
        run: Shell text with placeholders, or a tool's call, in which a whole text is a path or none of it is.
        place: Where it runs.
        rebinding: The new name.

    Returns:
        The command, its quoting kept.
    """
    if is_call(run):
        return lifted(run, lambda held: rebinding.path(held.text, place) or held.text, lambda _: None)
    spans = _innermost(dict(_spans(run)))
    edits: list[tuple[int, int, str]] = []
    done = 0
    for (start, end), value in sorted(spans.items()):
        if start < done:
            continue
        edits += [(done, start, between)] if (between := _between(run[done:start], place, rebinding)) else []
        edits += [(start, end, new)] if (new := _word(run[start:end], value, place, rebinding)) is not None else []
        done = end
    edits += [(done, len(run), rest)] if (rest := _between(run[done:], place, rebinding)) else []
    return editing.replaced(run, edits)


def _innermost(spans: dict[tuple[int, int], str | None]) -> dict[tuple[int, int], str | None]:
    """Without the words that hold others, as one with a substitution does: what is around those is text."""
    return {
        (start, end): value
        for (start, end), value in spans.items()
        if value is not None
        or not any(start <= first and last <= end and (first, last) != (start, end) for first, last in spans)
    }


def _spans(run: str) -> Iterator[tuple[tuple[int, int], str | None]]:
    """Where words stand that may be or hold a path, with their values; a word of prose only where a path must be."""
    analysis = editing.parse(run)
    assignments = [*analysis.assignments, *(each for use in analysis.commands for each in use.assignments)]
    assigned = [each.word for each in assignments if each.word is not None]
    paths = (*analysis.reads, *analysis.writes, *analysis.removes, *analysis.mentions, *analysis.directories)
    for use in paths:
        yield (use.word.span.start, use.word.span.end), use.word.value
    inner = {(use.word.span.start, use.word.span.end) for use in paths}
    for word in (*editing.words(run), *assigned):
        start, end = word.span.start, word.span.end
        # A path behind its option, as in `-fFILE`, is edited where it stands.
        joined = run[start : start + 1] == "-" and any(start < first and last == end for first, last in inner)
        if not joined and (word.value is None or not PROSE.fullmatch(word.value)):
            yield (word.span.start, word.span.end), word.value


def _between(source: str, place: Place, rebinding: Rebinding) -> str | None:
    """Text that is no word of a command, as the list of a loop is; a here-document is content and stays."""
    return None if "<<" in source or not source.strip() else _inside(source, place, rebinding)


def _word(source: str, value: str | None, place: Place, rebinding: Rebinding) -> str | None:
    """The word's new source; None when it doesn't change."""
    if value is not None:
        text = editing.shown(value)
        whole = rebinding.path(text, place)
        option = OPTION.fullmatch(text)
        if whole is None and option and (part := rebinding.path(option[2], place)):
            whole = option[1] + part
        if whole is not None:
            return editing.quoted(whole, like=source)
    return _inside(source, place, rebinding)


def _inside(source: str, place: Place, rebinding: Rebinding) -> str | None:
    """A word that is more than a path (a program, a list, an expansion) with the old spellings in it replaced."""
    text = source
    for old, new in _spellings(place, rebinding, by_name=False):
        if editing.BARE.fullmatch(old) and editing.BARE.fullmatch(new):
            text = in_text(text, old, new)
    if text == source and dirname(rebinding.old) == dirname(rebinding.new) and "$" in source:
        tail = re.compile(rf"(?<=/){re.escape(basename(rebinding.old))}(?![\w-]|\.\w)")
        text = tail.sub(lambda _: basename(rebinding.new), source)
    return None if text == source else text


def _spellings(place: Place, rebinding: Rebinding, *, by_name: bool) -> Iterator[tuple[str, str]]:
    """Ways to write the old path and the new one, longest first."""
    pairs = {place.template(rebinding.old): place.template(rebinding.new)}
    for cwd in dict.fromkeys([*place.cwds, ROOT]):
        if rebinding.old.startswith((ROOT, HOME)) and cwd.startswith((ROOT, HOME)):
            pairs[relpath(rebinding.old, cwd)] = relpath(rebinding.new, cwd)
    if by_name and basename(rebinding.old) != basename(rebinding.new):
        pairs.setdefault(basename(rebinding.old), basename(rebinding.new))
    yield from sorted(((old, new) for old, new in pairs.items() if old.strip("./")), key=lambda pair: -len(pair[0]))


def _requirement(need: Requirement, place: Place, rebinding: Rebinding) -> Requirement:
    if need.kind == "env" or (need.kind == "command" and "/" not in need.subject):
        return need
    path = rebinding.path(need.subject, place)
    return msgspec.structs.replace(need, **{need.kind: path}) if path else need


def _effect(effect: ExpectedEffect, top: Place, rebinding: Rebinding, *, names_input: bool) -> ExpectedEffect:
    path = rebinding.path(effect.path, top)
    origin = effect.moved_from and rebinding.path(effect.moved_from, top)
    return msgspec.structs.replace(
        effect,
        path=path or effect.path,
        moved_from=origin or effect.moved_from,
        content=None if names_input else effect.content,
    )


def _passes_on(run: str, place: Place, named: set[str]) -> bool:
    """Whether it copies or lists a file that holds the name."""
    return any(
        use.path and use.tool in NAMES_ITS_INPUT | COPIES and place.resolve(editing.shown(use.path)) in named
        for use in (editing.parse(run).reads if named else ())
    )


def _prints_names(run: str, place: Place, rebinding: Rebinding) -> bool:
    """Whether a command that prints its operands' names is given the path."""
    for use in editing.parse(run).commands:
        if use.name in NAMES_ITS_INPUT:
            values = [editing.value(word) for word in use.words]
            if any(text and rebinding.path(text, place) for text in values):
                return True
    return False


def _derived(step: PlaybookStep, place: Place, rebinding: Rebinding) -> list[Rebinding]:
    """New names of what the step names after the path, as `gzip a` makes `a.gz`."""
    effects: Sequence[ExpectedEffect] = step.expect.effects or ()
    if not effects or rebound_run(step.run, place, rebinding) == step.run:
        return []
    top = Place((ROOT,), place.roots)
    tools = {use.name for use in editing.parse(step.run).commands if use.name}
    spelt = {place.resolve(text) for word in editing.words(step.run) if (text := editing.value(word))}
    spelt |= {
        place.resolve(editing.shown(use.path))
        for use in editing.parse(step.run).writes
        if use.path and use.path in use.text
    }
    found: list[Rebinding] = []
    for effect in effects:
        path = top.resolve(effect.path)
        name = path and path not in spelt and _derived_name(basename(path), rebinding, tools)
        if path and name:
            folder = dirname(rebinding.new) if dirname(path) == dirname(rebinding.old) else dirname(path)
            found.append(Rebinding(path, join(folder, name)))
    return found


def _derived_name(name: str, rebinding: Rebinding, tools: set[str]) -> str | None:
    """What a file would be called that the step named after the old path."""
    old, new = basename(rebinding.old), basename(rebinding.new)
    if name == old and tools & COPIES:
        return new
    if name.startswith(old) and name[len(old) : len(old) + 1] in (".", "~"):
        return new + name[len(old) :]
    if tools & UNPACKS and old.startswith(f"{name}.") and new.endswith(old[len(name) :]):
        return new[: len(new) - len(old) + len(name)]
    if tools & KEEPS_STEM and splitext(name)[0] == splitext(old)[0]:
        return splitext(new)[0] + splitext(name)[1]
    return None
