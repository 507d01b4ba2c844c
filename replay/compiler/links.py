"""Links a value that a step prints to the later commands that were typed with it."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import msgspec

from replay import template
from replay.compiler import ports
from replay.compiler.draft import Draft, DraftStep, command_names
from replay.compiler.naming import free_name
from replay.compiler.tokens import WEAK, Token, printed_tokens, uses
from replay.compiler.typed import Story
from replay.matching import masks
from replay.playbook import Capture, Link, LinkStrength, Question

_LABEL = re.compile(r"([A-Za-z][A-Za-z_]{1,19})[\"']?\s*(?:[:=#]|\bis\b)?\s*[\"'(\[]?$")
_NO_LABELS = frozenset(
    [
        "",
        "a",
        "an",
        "as",
        "at",
        "by",
        "created",
        "done",
        "for",
        "from",
        "has",
        "in",
        "is",
        "made",
        "new",
        "of",
        "on",
        "saved",
        "the",
        "to",
        "using",
        "was",
        "with",
        "wrote",
    ]
)


def link_values(draft: Draft) -> Draft:
    """Make captures of strong tokens, and questions of weak ones."""
    known = [*draft.values.values(), *(seen.path for seen in draft.trace.workspace_before)]
    story = Story(draft.steps, "\n".join(known))
    for at in range(len(draft.steps)):
        for token in printed_tokens(draft.steps[at]):
            users = story.users(at, token.text)
            if users and _born_here(draft, at, token, story):
                draft = _linked(draft, at, token, users)
    return draft


def _linked(draft: Draft, at: int, token: Token, users: Sequence[int]) -> Draft:
    """Link the token to all steps behind that use it, of those that may."""
    used = {later: uses(draft.steps[later], token) for later in users}
    used = {later: forms for later, forms in used.items() if forms and not _is_another_number(draft, at, later, token)}
    if not used:
        return draft
    if token.strength is LinkStrength.WEAK and token.text not in draft.answers:
        return ask(draft, at, token, list(used))
    if not draft.answers.get(token.text, True):
        return draft.noted(f"{token.text} stays as it is where step {at + 1} prints it, as a person answered")
    return capture(draft, at, token, used)


def _born_here(draft: Draft, at: int, token: Token, story: Story) -> bool:
    """Whether nothing before this output held the token: no command, no parameter, no file of the workspace."""
    if token.text in draft.known_at(at).values() or _below_a_parameter(draft, token):
        return False
    if token.strength is LinkStrength.STRONG:
        return not story.typed_before(at, token.text) and not story.shown_before(at, token.text)
    here = draft.steps[at]
    if any(token.text in longer for longer in (*here.step.unconfirmed, *here.values.values())):
        return False
    asked = any(token.text in step.step.unconfirmed for step in draft.steps[:at])
    typed = story.typed_before(at, token.text)
    return not asked and not (typed and story.typed_as_token(at, masks.value_at(token.text)))


def _is_another_number(draft: Draft, at: int, later: int, token: Token) -> bool:
    """Whether what was printed is a count or the like, and the step uses a port that happens to be the same."""
    if token.strength is LinkStrength.STRONG or not token.text.isdigit():
        return False
    if ports.printed_as_port(draft.steps[at].recorded.output, token.start):
        return False
    stands = masks.value_at(token.text)
    places = [
        msgspec.structs.replace(place, start=found.start())
        for place in template.words(draft.steps[later].recorded.command)
        for found in stands.finditer(place.word)
    ]
    return bool(places) and all(ports.is_port(place, token.text) for place in places)


def _below_a_parameter(draft: Draft, token: Token) -> bool:
    """A path inside the workspace or the home directory is the same in each replay."""
    return any(token.text.startswith(f"{value}/") for value in draft.values.values() if value.startswith("/"))


def capture(
    draft: Draft,
    at: int,
    token: Token,
    used: Mapping[int, frozenset[str]],
    means: Mapping[int, template.Meaning] = MappingProxyType({}),
) -> Draft:
    """Read the value from the output; put its name into the commands that hold it, or the beginning of it.

    Args:
        draft: What it is about.
        at: Which step prints the value.
        token: The value.
        used: The steps that use it: index to the texts that they hold of it.
        means: Where in a user's command the value means the same; everywhere in one that is not told.
    """
    # Of several beginnings the longest serves for all: what takes a shortened hash takes a longer one.
    value = max({form for forms in used.values() for form in forms}, key=len)
    name = _name(draft, at, token)
    steps = list(draft.steps)
    linked = []
    for user, forms in used.items():
        run, meant = steps[user].step.run, means.get(user, template.anywhere)
        for form in sorted(forms):
            run = template.lift(run, form, name, meant)
        if run != steps[user].step.run or any(value in (typed.text or "") for typed in steps[user].recorded.inputs):
            steps[user] = steps[user].changed(run=run)
            linked.append(user)
    if not linked:
        return draft.noted(f"{value} is printed by step {at + 1} and used later, where it can't be replaced safely")
    links = [_link(at, user, value, LinkStrength.STRONG) for user in linked]
    steps = _loosened(draft, steps, at, token)
    steps[at] = _printing(steps[at], token, name, value)
    return msgspec.structs.replace(draft, steps=tuple(steps), links=(*draft.links, *links)).noted(
        f"{{{{{name}}}}} is read from the output of step {at + 1}; it was {value} in the recording"
    )


def _loosened(draft: Draft, steps: list[DraftStep], at: int, token: Token) -> list[DraftStep]:
    """The steps, with what they wrote before the value was shown not compared where it holds the value."""
    stands = masks.value_at(token.text)

    def holds(digest: str | None) -> bool:
        content = draft.blobs(digest) if digest else None
        return content is not None and stands.search(content.decode(errors="replace")) is not None

    for before in range(at):
        paths = {effect.path for effect in steps[before].recorded.file_effects if holds(effect.after)}
        if paths:
            steps[before] = msgspec.structs.replace(steps[before], loose=steps[before].loose | paths)
    return steps


def _printing(step: DraftStep, token: Token, name: str, value: str) -> DraftStep:
    """The step that prints the value, with the capture that reads it."""
    read = Capture(name=name, recorded=value, pattern=_pattern(token, value))
    whole = {name: token.text} if value != token.text else {}
    return msgspec.structs.replace(
        step.changed(capture=(*step.step.capture, read)),
        values={**step.values, name: value},
        whole={**step.whole, **whole},
    )


def ask(draft: Draft, at: int, token: Token, users: Sequence[int]) -> Draft:
    """Leave the value as it is, and ask whether it is the printed one."""
    user = users[0]
    question = Question(
        id=f"q{len(draft.questions) + 1}",
        text=f"Step {at + 1} prints {token.text!r} and step {user + 1} uses {token.text!r}: "
        f"is it whatever step {at + 1} prints there?",
        step_index=user + 1,
        value=token.text,
    )
    steps = _loosened(draft, list(draft.steps), at, token)
    steps[at] = steps[at].changed(unconfirmed=(*steps[at].step.unconfirmed, token.text))
    if token.kind is not WEAK and token.text not in steps[at].values.values():
        # It stands where anything may stand: only what is read there can be told from the recorded value.
        steps[at] = _printing(steps[at], token, _name(draft, at, token), token.text)
    return msgspec.structs.replace(
        draft,
        steps=tuple(steps),
        links=(*draft.links, *(_link(at, other, token.text, LinkStrength.WEAK) for other in users)),
        questions=(*draft.questions, question),
    )


def _link(at: int, user: int, value: str, strength: LinkStrength) -> Link:
    return Link(from_step=at + 1, to_step=user + 1, value=value, strength=strength)


def _pattern(token: Token, value: str) -> str:
    """The regular expression of a captured value."""
    if value != token.text:
        return rf"[0-9a-f]{{{len(value)}}}"
    return token.kind.value or re.sub(r"\d", r"\\d", re.escape(value))


def _name(draft: Draft, at: int, token: Token) -> str:
    """A free name: the word that the output calls the value by, or its kind."""
    taken = {*draft.parameters, *masks.NAMES, *(name for step in draft.steps for name in step.values)}
    line = draft.steps[at].recorded.output[: token.start].rpartition("\n")[2]
    found = _LABEL.search(line)
    said = found[1].lower() if found and "git" not in command_names(draft.steps[at]) else ""
    return free_name(token.kind.name if said in _NO_LABELS or said in masks.NAMES else said, taken)
