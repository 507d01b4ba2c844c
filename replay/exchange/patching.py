"""Writes a file step's patch as bash that looks at every file before it changes any."""

import re
from collections.abc import Iterator, Mapping
from shlex import quote

import msgspec

from capture.errors import BadInputError
from replay import edits
from replay.edits import FileEdit, Hunk
from replay.playbook import Playbook
from replay.template import TOKEN

_MARK = "END_OF_FILE"
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]")
"""Characters that no here-document keeps, or no reader sees."""
_EXPANDED = re.compile(r"[\\$`]")
_PATCH = "patch -N -F0 -s --binary -r /dev/null"
"""Lines must stand as they were recorded, wherever; nothing is applied twice, and no file of rejects is left."""
_ALL_OF_IT = re.compile(r"patch (?:-d [^\n]+? )?-p0 <<'(?P<mark>\w+)'\n(?P<patch>.*\n)(?P=mark)\n?", re.DOTALL)


def needs_patch(playbook: Playbook) -> bool:
    """Whether its script calls `patch`."""
    return any(edit.hunks and edit.old and edit.new for edit in _edits(playbook))


def has_patches(playbook: Playbook) -> bool:
    """Whether any of its steps is a patch."""
    return any(True for _ in _edits(playbook))


def carried_out(patch: str, index: int, places: Mapping[str, str], known: Mapping[str, str]) -> Iterator[str]:
    """A patch as lines of bash; each stops the script when it can't do its part.

    Args:
        patch: With placeholders.
        index: Of its step, counted from 1.
        places: Each of its paths as a shell word.
        known: The variable that holds each name's value.

    Yields:
        First what looks at the files, then what changes them.
    """
    found = edits.read_patch(patch)
    for number, edit in enumerate(found, 1):
        yield from _looked_at(edit, f'"$patched"/{index}.{number}', places, known)
    for number, edit in enumerate(found, 1):
        yield from _changed(edit, f'"$patched"/{index}.{number}', places, known)


def as_one_command(patch: str, folder: str | None) -> str | None:
    """A patch as one command that readers know, and that `patch_of` takes for the same patch.

    Args:
        patch: With placeholders.
        folder: The workspace as a shell word; None: where the shell is.

    Returns:
        None where `patch` would not do all that it says.
    """
    found = edits.read_patch(patch)
    plain = all(_is_plain(edit) for edit in found) and not TOKEN.search(patch) and not _UNSEEN.search(patch)
    if not plain or not patch.endswith("\n"):
        return None
    mark = _mark(patch)
    return f"patch {f'-d {folder} ' if folder else ''}-p0 <<'{mark}'\n{patch}{mark}"


def patch_of(command: str) -> str | None:
    """The patch of a command that `as_one_command` wrote; None for any other."""
    found = _ALL_OF_IT.fullmatch(command)
    if found is None or not edits.is_patch(found["patch"]):
        return None
    try:
        edits.read_patch(found["patch"])
    except BadInputError:
        return None
    return found["patch"]


def _edits(playbook: Playbook) -> Iterator[FileEdit]:
    for step in playbook.steps:
        if not step.skip and edits.is_patch(step.run):
            yield from edits.read_patch(step.run)


def _is_plain(edit: FileEdit) -> bool:
    """Whether `patch` reads all of it: names without blanks, below the folder, no mode, no move."""
    paths = [path for path in (edit.old, edit.new) if path is not None]
    named = all(not path.startswith(("/", '"')) and not re.search(r"\s", path) for path in paths)
    return (
        named
        and len(set(paths)) == 1
        and bool(edit.hunks)
        and not edit.crlf
        and edit.mode is None
        and edit.replaces is None
    )


def _looked_at(edit: FileEdit, to: str, places: Mapping[str, str], known: Mapping[str, str]) -> Iterator[str]:
    old, new = edit.old, edit.new
    if old is None:
        yield _fresh(edit, places)
        return
    yield f"[ -f {places[old]} ] || fail {quote(f'{old} is not there')}"
    if new is None:
        other = f"{old} is to be deleted, and holds something else than recorded"
        yield _fed(f"cmp -s {places[old]} -", _content(edit, edit.hunks, new=False), known, other)
        return
    if new != old:
        yield f"[ ! -e {places[new]} ] || fail {quote(f'{new} is there already')}"
    if edit.hunks:
        other = f"the patch of {old} does not apply: other lines stand there, or it was applied already"
        text = edits.patch_text([FileEdit(old=old, new=old, hunks=_ended(edit, _narrow(edit)))])
        yield _fed(f"{_PATCH} -o {to} {places[old]}", text, known, other)


def _fresh(edit: FileEdit, places: Mapping[str, str]) -> str:
    place = places[edit.path]
    if edit.replaces is None:
        return f"[ ! -e {place} ] || fail {quote(f'{edit.path} is there already')}"
    held = f'"$(sha256sum < {place})" = {edit.replaces.removeprefix("sha256:")}*'
    return f"[[ {held} ]] || fail {quote(f'{edit.path} holds something else than recorded')}"


def _changed(edit: FileEdit, to: str, places: Mapping[str, str], known: Mapping[str, str]) -> Iterator[str]:
    place = places[edit.path]
    undone = f"{edit.path} could not be changed"
    if edit.new is None:
        yield f"rm {place} || fail {quote(undone)}"
        return
    if edit.old is None:
        yield _fed(f"cat > {place}", _content(edit, edit.hunks, new=True), known, undone)
    elif edit.old != edit.new:
        yield f"mv {places[edit.old]} {place} || fail {quote(undone)}"
    if edit.old is not None and edit.hunks:
        yield f"cat {to} > {place} || fail {quote(undone)}"
    if edit.mode is not None:
        yield f"chmod {edit.mode:o} {place} || fail {quote(undone)}"


def _narrow(edit: FileEdit) -> tuple[Hunk, ...]:
    """The hunks with a few lines around each change, where those tell its place in the recorded file."""
    if not edit.whole or len(edit.hunks) != 1:
        return edit.hunks
    old = edit.hunks[0].old
    around = edits.changed("".join(old), "".join(edit.hunks[0].new), whole=False)
    alone = all(
        sum(old[at : at + len(hunk.old)] == hunk.old for at in range(len(old) - len(hunk.old) + 1)) == 1
        for hunk in around
    )
    return around if alone else edit.hunks


def _ended(edit: FileEdit, hunks: tuple[Hunk, ...]) -> tuple[Hunk, ...]:
    if not edit.crlf:
        return hunks
    return tuple(
        msgspec.structs.replace(hunk, lines=tuple((sign, text.replace("\n", "\r\n")) for sign, text in hunk.lines))
        for hunk in hunks
    )


def _content(edit: FileEdit, hunks: tuple[Hunk, ...], *, new: bool) -> str:
    return "".join(line for hunk in _ended(edit, hunks) for line in (hunk.new if new else hunk.old))


def _fed(command: str, text: str, known: Mapping[str, str], failing: str) -> str:
    """A command that reads a text, and stops the script when it fails."""
    stop = f"|| fail {quote(failing)}"
    if not text:
        return f"{command} < /dev/null {stop}"
    if _UNSEEN.search(text) or not text.endswith("\n"):
        word = "".join(_read(part, known) if named else _ansi(part) for part, named in _parts(text))
        return f"{command} < <(printf %s {word}) {stop}"
    mark = _mark(text)
    if any(named for _, named in _parts(text)):
        open_text = "".join(
            f"${{{_known(part, known)}}}" if named else _EXPANDED.sub(r"\\\g<0>", part) for part, named in _parts(text)
        )
        return f"{command} <<{mark} {stop}\n{open_text}{mark}"
    return f"{command} <<'{mark}' {stop}\n{''.join(part for part, _ in _parts(text))}{mark}"


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """Literal texts, and names of placeholders."""
    at = 0
    for found in TOKEN.finditer(text):
        yield text[at : found.start()], False
        yield (found[1], True) if found[1] else ("{{", False)
        at = found.end()
    yield text[at:], False


def _read(name: str, known: Mapping[str, str]) -> str:
    return f'"${{{_known(name, known)}}}"'


def _known(name: str, known: Mapping[str, str]) -> str:
    if name not in known:
        raise BadInputError(f"{{{{{name}}}}} is no parameter and nothing that a step before it captures")
    return known[name]


def _ansi(text: str) -> str:
    """A text as a word in which nothing is unseen."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
    shown = _UNSEEN.sub(lambda found: "".join(f"\\x{byte:02x}" for byte in found[0].encode()), escaped)
    return f"$'{shown}'" if text else ""


def _mark(text: str) -> str:
    mark = _MARK
    while mark in text.split("\n"):
        mark += "_"
    return mark
