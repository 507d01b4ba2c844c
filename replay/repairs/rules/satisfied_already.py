"""Skips a step, or makes it idempotent, where what it wants to make provably holds already."""

import re
from collections.abc import Iterator
from posixpath import basename, join, normpath

from capture.trace import EffectOp
from replay.edits import is_patch
from replay.matching import masks
from replay.outcome import FailureClass
from replay.playbook import ExpectedEffect
from replay.repairs import editing, locating
from replay.repairs.proposal import Candidate, Evidence, Files, GitState, PatchEntry, PatchOp, Trust
from replay.syntax import CommandUse, Word
from replay.syntax.operands import git_words

CLASSES = frozenset({FailureClass.ALREADY_EXISTS, FailureClass.ALREADY_APPLIED})
NOTHING_TO_COMMIT = re.compile(r"nothing to commit, working tree clean|nothing to commit \(working")
MAKES_TABLE = re.compile(r"(?i)\bcreate\s+(?:table|(?:unique\s+)?index|view|trigger)\b(?!\s+if\s+not\b)")
NOW_EMPTY = "cherry-pick is now empty"
SETTING = re.compile(r"(?m)^\s*(\w+) = (.*?)\s*$")
VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")
APPLIED = re.compile(r"previously applied|patch does not apply|already exists in working directory|already applied")


class SatisfiedAlready:
    """Deletes, replaces and forces nothing; where the state can't be proven it says nothing."""

    name = "satisfied-already"

    def matches(self, evidence: Evidence) -> bool:
        """Something that the step makes is there."""
        return evidence.failure.failure_class in CLASSES

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """The idempotent form first, then leaving the step out."""
        if is_patch(evidence.step.run):
            # The check that found it held every file against the patch.
            applied = evidence.failure.failure_class is FailureClass.ALREADY_APPLIED
            return (_skip("every file is as the patch would make it already.", 0.9, evidence),) if applied else ()
        uses = editing.parse(evidence.command).commands
        found = [item for use in uses for item in _for_command(use, evidence, files)]
        if len([use for use in uses if use.name != "cd"]) > 1:
            return tuple(item for item in found if item.patch[0].op is PatchOp.REPLACE)
        return tuple(found)


def _for_command(use: CommandUse, evidence: Evidence, files: Files) -> Iterator[Candidate]:
    """What can be said of one command."""
    values = [_valued(word, evidence) for word in use.words]
    operands = [text for text in values[1:] if not text.startswith("-")]
    if use.name == "mkdir":
        yield from _mkdir(operands, evidence, files)
    elif use.name == "ln":
        yield from _link(values, operands, evidence, files)
    elif use.name == "git":
        said = [_valued(word, evidence) for word in git_words(use)]
        plain = [text for before, text in zip(["", *said], said, strict=False) if _is_operand(text, before)]
        yield from _git(plain, values, evidence, files)
    elif use.name == "patch":
        yield from _applied(evidence, files)
    elif use.name == "sqlite3":
        yield from _tables(evidence)


def _valued(word: Word, evidence: Evidence) -> str:
    """The word's value, with the recording's own for variables: what is wanted is what it came to then."""
    if word.value is not None or word.text.startswith("'"):
        return word.value or ""
    known = evidence.recorded_environment
    text = VARIABLE.sub(lambda found: known.get(found[1] or found[2], found[0]), word.text.strip('"'))
    return "" if re.search(r"[$`\\\"']", text) else text


def _mkdir(operands: list[str], evidence: Evidence, files: Files) -> Iterator[Candidate]:
    """`-p` where every directory that is in the way is one."""
    paths = [locating.absolute(text, evidence) for text in operands]
    if not paths or not all(files.is_dir(path) or not files.exists(path) for path in paths):
        return
    held = [path for path in paths if files.names_in(path)]
    run = _with_p(evidence.step.run)
    why = "the directory is there already" + (", with something in it" if held else ", and empty")
    yield _replace(run, f"{why}; -p makes the step true either way.", 0.6 if held else 0.9, evidence)


def _with_p(run: str) -> str:
    edits = [
        (word.span.end, word.span.end, " -p")
        for use in editing.uses(run, "mkdir")
        if (word := editing.name_word(run, use)) is not None
        and not any((editing.value(other) or "").startswith("-p") for other in use.words)
    ]
    return editing.replaced(run, edits)


def _link(values: list[str], operands: list[str], evidence: Evidence, files: Files) -> Iterator[Candidate]:
    """A symbolic link that points where it should."""
    if len(operands) != 2 or not any(re.fullmatch(r"-\w*s\w*|--symbolic", text) for text in values):  # noqa: PLR2004 - target and name
        return
    target, name = operands
    at = locating.absolute(name, evidence)
    if files.link_target(at) is None and files.is_dir(at):
        at = join(at, basename(target))
    if files.link_target(at) == target:
        yield _skip(f"{name} is a link to {target} already.", 0.9, evidence)


def _git(operands: list[str], values: list[str], evidence: Evidence, files: Files) -> Iterator[Candidate]:
    """Refs that are where they should be, what has its place already, a tree with nothing left to commit."""
    state = files.git(_repository(values, evidence))
    verb, *rest = operands or [""]
    name = rest[0] if rest else ""
    if verb == "apply" or (verb == "am" and APPLIED.search(evidence.output)):
        yield from _applied(evidence, files)
    elif verb in ("tag", "branch") and name:
        yield from _points(verb, name, rest[1:], state, evidence)
    elif verb == "clone" and rest:
        yield from _cloned(rest, evidence, files)
    elif verb in ("checkout", "switch") and {"-b", "-c"} & set(values) and len(rest) == 1:
        yield from _switched(name, state, evidence)
    elif rest[:1] == ["add"]:
        yield from _added(verb, rest[1:], state, evidence, files)
    else:
        yield from _committed(verb, evidence)


def _repository(values: list[str], evidence: Evidence) -> str:
    """The directory that git is told to work in."""
    here = locating.directory(evidence)
    return normpath(join(here, values[values.index("-C") + 1])) if "-C" in values[:-1] else here


def _is_operand(text: str, before: str) -> bool:
    """Whether a word behind git's subcommand is neither an option nor the value of one."""
    return not text.startswith("-") and before not in ("-m", "--message", "-F", "-u", "--local-user")


def _points(verb: str, name: str, at: list[str], state: GitState, evidence: Evidence) -> Iterator[Candidate]:
    """A tag or a branch that points where it should: at a commit with a name, or at what is checked out."""
    known = {**state.remote_branches, **state.tags, **state.branches, "HEAD": state.head}
    wanted = known.get(at[0]) if at else state.head
    commit = (state.tags if verb == "tag" else state.branches).get(name)
    if commit and commit == wanted and len(at) <= 1:
        where = at[0] if at else "the commit that is checked out"
        yield _skip(f"{verb} {name} points at {where} already.", 0.9, evidence)


def _committed(verb: str, evidence: Evidence) -> Iterator[Candidate]:
    """What git itself says is in already."""
    if verb == "commit" and NOTHING_TO_COMMIT.search(evidence.output):
        yield _skip("git says that there is nothing left to commit.", 0.8, evidence)
    elif verb == "cherry-pick" and NOW_EMPTY in evidence.output:
        yield _skip("git says that nothing is left of the commit: all of it is in already.", 0.8, evidence)
    elif verb == "merge" and evidence.failure.failure_class is FailureClass.ALREADY_APPLIED:
        yield _skip("git ended well and made no commit: all of it is merged already.", 0.8, evidence)


def _added(kind: str, words: list[str], state: GitState, evidence: Evidence, files: Files) -> Iterator[Candidate]:
    """A remote, a work tree or a submodule that is there, with the same two words."""
    if len(words) != 2:  # noqa: PLR2004 - what is added, and where from or to
        return
    first, second = words
    if kind == "remote" and state.remotes.get(first) == second:
        yield _skip(f"remote {first} has this URL already.", 0.9, evidence)
    elif kind == "worktree" and _is_worktree(first, second, evidence, files):
        yield _skip(f"{first} is a work tree of {second} already.", 0.9, evidence)
    elif kind == "submodule" and _is_submodule(first, second, evidence, files):
        yield _skip(f"{second} is a submodule of the same address already.", 0.9, evidence)


def _is_worktree(path: str, branch: str, evidence: Evidence, files: Files) -> bool:
    """Whether a directory is a work tree that has the branch checked out."""
    kept = files.read_text(join(locating.absolute(path, evidence), ".git")) or ""
    head = files.read_text(join(kept.removeprefix("gitdir:").strip(), "HEAD")) if kept.startswith("gitdir:") else None
    return (head or "").strip() == f"ref: refs/heads/{branch}"


def _is_submodule(address: str, path: str, evidence: Evidence, files: Files) -> bool:
    """Whether the repository has a submodule of this address at this path."""
    text = files.read_text(join(locating.directory(evidence), ".gitmodules")) or ""
    parts = [dict(SETTING.findall(part)) for part in text.split("[submodule ")[1:]]
    return any((part.get("url"), part.get("path")) == (address, path) for part in parts)


def _cloned(operands: list[str], evidence: Evidence, files: Files) -> Iterator[Candidate]:
    """A clone of that very place."""
    url = operands[0]
    name = operands[1] if len(operands) > 1 else basename(url.rstrip("/")).removesuffix(".git")
    at = locating.absolute(name, evidence)
    origin = files.git(at).remotes.get("origin") if files.exists(join(at, ".git")) else None
    # git writes a relative path down as an absolute one, dots included.
    if origin and (origin == url or ("://" not in url and normpath(origin) == locating.absolute(url, evidence))):
        yield _skip(f"{name} is a clone of {url} already.", 0.8, evidence)


def _tables(evidence: Evidence) -> Iterator[Candidate]:
    """`IF NOT EXISTS` in the words of SQL that make a table, an index or a view."""
    run = evidence.step.run
    edits = [
        (word.span.start, word.span.end, changed)
        for use in editing.uses(run, "sqlite3")
        for word in editing.words_of(run, use)[1:]
        if (changed := MAKES_TABLE.sub(lambda found: found[0] + " if not exists", word.text)) != word.text
    ]
    if edits:
        why = "it is there already; the step leaves what is there as it is. Is it made as recorded?"
        yield _replace(editing.replaced(run, edits), why, 0.6, evidence)


def _switched(name: str, state: GitState, evidence: Evidence) -> Iterator[Candidate]:
    """A branch to be made that is there: at this very commit, or at another one, which a person must know of."""
    if state.head is None or name not in state.branches:
        return
    here = state.branches[name] == state.head
    run = evidence.step.run
    edits = [
        (word.span.start, word.span.end + 1, "")
        for use in editing.uses(run, "git")
        for word in use.words
        if editing.value(word) in ("-b", "-c")
    ]
    where = "at the commit that is checked out." if here else "at another commit. Is it the one that is meant?"
    yield _replace(editing.replaced(run, edits), f"branch {name} is there, {where}", 0.9 if here else 0.4, evidence)


def _applied(evidence: Evidence, files: Files) -> Iterator[Candidate]:
    """A patch whose result is there, content for content."""
    effects = evidence.step.expect.effects
    if effects and all(holds(effect, evidence, files) is True for effect in effects):
        yield _skip("every file is as the recording left it.", 0.9, evidence)


def holds(effect: ExpectedEffect, evidence: Evidence, files: Files) -> bool | None:
    """Whether an expected effect is there already.

    Args:
        effect: Of the playbook.
        evidence: The failed step.
        files: The machine.

    Returns:
        True when it is, False when it isn't, None when it can't be told.
    """
    path = normpath(join(evidence.workspace, locating.filled(effect.path, evidence)))
    if effect.op is EffectOp.DELETED:
        return not files.exists(path)
    if not files.exists(path):
        return False
    if effect.directory:
        return files.is_dir(path)
    text = files.read_text(path)
    if effect.content is None or text is None:
        return None
    return masks.content_digest(text.encode(), evidence.bindings) == effect.content


def _replace(run: str, why: str, confidence: float, evidence: Evidence) -> Candidate:
    return _candidate(PatchEntry(op=PatchOp.REPLACE, step_index=evidence.step_index, value=run), why, confidence)


def _skip(why: str, confidence: float, evidence: Evidence) -> Candidate:
    return _candidate(PatchEntry(op=PatchOp.SKIP, step_index=evidence.step_index, value=why), why, confidence)


def _candidate(entry: PatchEntry, why: str, confidence: float) -> Candidate:
    return Candidate(
        source=f"rule:{SatisfiedAlready.name}",
        patch=(entry,),
        rationale=why[0].upper() + why[1:],
        confidence=confidence,
        trust=Trust.IDEMPOTENT,
    )
