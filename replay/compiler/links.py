"""Links a value that a step prints to the later commands that were typed with it."""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from types import MappingProxyType

import msgspec

from replay import template
from replay.compiler import ports
from replay.compiler.draft import Draft, DraftStep, command_names
from replay.compiler.naming import Names
from replay.compiler.tokens import WEAK, Holders, Token
from replay.compiler.typed import Story
from replay.compiler.written import Written
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

SHORTENING = frozenset({"docker", "git", "hg", "jj", "nerdctl", "podman"})
"""Commands that know a thing by the beginning of its hash, however long."""


def link_values(draft: Draft) -> Draft:
    """Make captures of strong tokens, and questions of weak ones."""
    return _Values(draft).linked()


class _Values:
    """The printed values of a draft.

    Args:
        draft: Whose steps print and use them.
    """

    def __init__(self, draft: Draft) -> None:
        self._linking = Linking(draft)
        # A path inside the workspace or the home directory is the same in each replay.
        self._roots = tuple(f"{value}/" for value in draft.values.values() if value.startswith("/"))
        self._holders = Holders()
        known = [*draft.values.values(), *(seen.path for seen in draft.trace.workspace_before)]
        self._story = Story(draft.steps, "\n".join(known))

    def linked(self) -> Draft:
        """The draft with them linked."""
        for at in range(len(self._linking.steps)):
            for token in self._holders.printed(self._linking.steps[at]):
                if self._story.is_used(at, token.text) and self._born_here(at, token):
                    self._link(at, token)
        return self._linking.draft

    def _link(self, at: int, token: Token) -> None:
        """Link the token to all steps behind that use it, of those that may."""
        steps = self._linking.steps
        used = {later: self._holders.uses(steps[later], token) for later in self._story.users(at, token.text)}
        used = {later: forms for later, forms in used.items() if forms and not self._is_another(at, later, token)}
        if not used:
            return
        if token.strength is LinkStrength.WEAK and token.text not in self._linking.answers:
            self._linking.ask(at, token, list(used))
        elif not self._linking.answers.get(token.text, True):
            self._linking.note(f"{token.text} stays as it is where step {at + 1} prints it, as a person answered")
        else:
            self._linking.capture(at, token, used)

    def _born_here(self, at: int, token: Token) -> bool:
        """Whether nothing before this output held the token: no command, no parameter, no file of the workspace."""
        if self._linking.is_known(at, token.text) or token.text.startswith(self._roots):
            return False
        story = self._story
        if token.strength is LinkStrength.STRONG:
            return not story.typed_before(at, token.text) and not story.shown_before(at, token.text)
        here = self._linking.steps[at]
        if any(token.text in longer for longer in (*here.step.unconfirmed, *here.values.values())):
            return False
        typed = story.typed_before(at, token.text)
        return not self._linking.is_asked(at, token.text) and not (typed and story.typed_as_token(at, token.text))

    def _is_another(self, at: int, later: int, token: Token) -> bool:
        """Whether what was printed is a count or the like, and the step uses a port that happens to be the same."""
        if token.strength is LinkStrength.STRONG or not token.text.isdigit():
            return False
        if ports.printed_as_port(self._linking.steps[at].recorded.output, token.start):
            return False
        places = [
            msgspec.structs.replace(place, start=start)
            for place in self._holders.words(self._linking.steps[later])
            for start in masks.places_of(token.text, place.word)
        ]
        return bool(places) and all(ports.is_port(place, token.text) for place in places)


class Linking:
    """A draft while its printed values are linked.

    Args:
        draft: As it comes.
    """

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self.steps = list(draft.steps)
        self.answers = draft.answers
        self._links = list(draft.links)
        self._questions = list(draft.questions)
        self._notes = list(draft.notes)
        self._names = Names({*draft.parameters, *masks.NAMES, *(name for step in draft.steps for name in step.values)})
        self._known = dict.fromkeys(draft.values.values(), -1)
        self._asked: dict[str, int] = {}
        for at, step in enumerate(draft.steps):
            for value in step.values.values():
                self._known.setdefault(value, at)
            for value in step.step.unconfirmed:
                self._asked.setdefault(value, at)

    @property
    def draft(self) -> Draft:
        """As far as it is linked."""
        return msgspec.structs.replace(
            self._draft,
            steps=tuple(self.steps),
            links=tuple(self._links),
            questions=tuple(self._questions),
            notes=tuple(self._notes),
        )

    def is_known(self, at: int, value: str) -> bool:
        """Whether the value has a name once the step has run."""
        return self._known.get(value, len(self.steps)) <= at

    def is_asked(self, at: int, value: str) -> bool:
        """Whether a step before prints it and nobody said whether it is used."""
        return self._asked.get(value, len(self.steps)) < at

    def note(self, text: str) -> None:
        """Say what a person may reverse."""
        self._notes.append(text)

    def capture(
        self,
        at: int,
        token: Token,
        used: Mapping[int, frozenset[str]],
        means: Mapping[int, template.Meaning] = MappingProxyType({}),
    ) -> str | None:
        """Read the value from the output; put its name into the commands that hold it, or the beginning of it.

        Args:
            at: Which step prints the value.
            token: The value.
            used: The steps that use it: index to the texts that they hold of it.
            means: Where in a user's command the value means the same; everywhere in one that is not told.

        Returns:
            Its name; None where it could be put nowhere.
        """
        value = max({form for forms in used.values() for form in forms}, key=len)
        name = self._name(at, token)
        # What takes a shortened hash takes a longer one; to any other command it is another text.
        lengthened = all(_takes_any_beginning(self.steps[user]) for user, forms in used.items() if forms != {value})
        linked = []
        for user, forms in used.items():
            step, meant = self.steps[user], means.get(user, template.anywhere)
            run = step.step.run
            for form in sorted(forms if lengthened else forms & {value}):
                run = template.lift(run, form, name, meant)
            if run != step.step.run or any(value in (typed.text or "") for typed in step.recorded.inputs):
                self.steps[user] = step.changed(run=run)
                linked.append(user)
        if not linked:
            self.note(f"{value} is printed by step {at + 1} and used later, where it can't be replaced safely")
            return None
        self._links += (_link(at, user, value, LinkStrength.STRONG) for user in linked)
        self._loosen(at, token)
        self._print(at, token, name, value)
        self.note(f"{{{{{name}}}}} is read from the output of step {at + 1}; it was {value} in the recording")
        return name

    def ask(self, at: int, token: Token, users: Sequence[int]) -> None:
        """Leave the value as it is, and ask whether it is the printed one."""
        user = users[0]
        question = Question(
            id=f"q{len(self._questions) + 1}",
            text=f"Step {at + 1} prints {token.text!r} and step {user + 1} uses {token.text!r}: "
            f"is it whatever step {at + 1} prints there?",
            step_index=user + 1,
            value=token.text,
        )
        self._loosen(at, token)
        self.steps[at] = self.steps[at].changed(unconfirmed=(*self.steps[at].step.unconfirmed, token.text))
        self._asked[token.text] = min(at, self._asked.get(token.text, at))
        if token.kind is not WEAK and token.text not in self.steps[at].values.values():
            # It stands where anything may stand: only what is read there can be told from the recorded value.
            self._print(at, token, self._name(at, token), token.text)
        self._links += (_link(at, other, token.text, LinkStrength.WEAK) for other in users)
        self._questions.append(question)

    def _loosen(self, at: int, token: Token) -> None:
        """What steps wrote before the value was shown is not compared where it holds the value."""
        for before, path in self._written.holding(token.text):
            if before < at:
                step = self.steps[before]
                self.steps[before] = msgspec.structs.replace(step, loose=step.loose | {path})

    @cached_property
    def _written(self) -> Written:
        """Read when the first value is linked: most recordings link none."""
        return Written(self._draft)

    def _print(self, at: int, token: Token, name: str, value: str) -> None:
        """Give the step that prints the value the capture that reads it."""
        step, read = self.steps[at], Capture(name=name, recorded=value, pattern=_pattern(token, value))
        whole = {name: token.text} if value != token.text else {}
        self.steps[at] = msgspec.structs.replace(
            step.changed(capture=(*step.step.capture, read)),
            values={**step.values, name: value},
            whole={**step.whole, **whole},
        )
        self._names.take(name)
        self._known[value] = min(at, self._known.get(value, at))

    def _name(self, at: int, token: Token) -> str:
        """A free name: the word that the output calls the value by, or its kind."""
        line = self.steps[at].recorded.output[: token.start].rpartition("\n")[2]
        found = _LABEL.search(line)
        said = found[1].lower() if found and "git" not in command_names(self.steps[at]) else ""
        return self._names.free(token.kind.name if said in _NO_LABELS or said in masks.NAMES else said)


def _takes_any_beginning(step: DraftStep) -> bool:
    """Whether a longer beginning of a hash means the same to all of its commands."""
    names = command_names(step)
    return bool(names) and SHORTENING.issuperset(name or "" for name in names)


def _link(at: int, user: int, value: str, strength: LinkStrength) -> Link:
    return Link(from_step=at + 1, to_step=user + 1, value=value, strength=strength)


def _pattern(token: Token, value: str) -> str:
    """The regular expression of a captured value."""
    if value != token.text:
        return rf"[0-9a-f]{{{len(value)}}}"
    return token.kind.value or re.sub(r"\d", r"\\d", re.escape(value))
