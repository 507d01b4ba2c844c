"""What a person decides of a version on the Playbook screen: answers, steps to keep, values, verifying, updating."""

from abc import abstractmethod

from textual import on
from textual.message import Message

from app.book import Terms
from app.screens.choosing import Form, Given
from app.screens.describing import offered, question_at, question_row
from app.screens.dialogs import AskText
from app.screens.fitting import ask_shadow, ask_source, show_fitted, verify_errand
from app.screens.governing import GoverningScreen
from app.screens.stating import parameter_rows
from app.screens.terms import read_terms, term_fields, term_rows
from app.screens.wanted import fields
from app.stored import Stored
from app.widgets.lines import Lines
from app.widgets.linked import LinkedSteps
from app.workers.facts import Fitted, Redecided, SourcesRead
from app.workers.tasks import Refused, in_thread
from capture.trace import Trace
from replay.binding import shown
from replay.playbook import Question

CARRY_QUESTION = (
    "Which variables that were exported before the recording began are set first? Spaces between them; all: each one "
    "that a step uses; empty: none. Compiled again as a new draft."
)


class DecidingScreen(GoverningScreen):
    """Shows one version, and goes on with the one that a decision made of it."""

    def __init__(self, ref: str) -> None:
        """Nothing was read yet.

        Args:
            ref: NAME or NAME@V.
        """
        super().__init__()
        self._ref = ref
        self._stored: Stored | None = None
        self._origin: Trace | None = None
        self._deciding = False
        """Whether an answer is on its way: a second one would make a version more."""
        self._values: dict[str, str] = {}
        self._terms = Terms()
        self.steps = LinkedSteps(id="steps")
        """What will be done."""
        self.parameters = Lines()
        """What may differ from replay to replay."""

    @property
    def terms(self) -> Terms:
        """As they were set here."""
        return self._terms

    @property
    def ref(self) -> str | None:
        """The version that is shown."""
        playbook = self._stored.playbook if self._stored else None
        return f"{playbook.name}@{playbook.version}" if playbook else None

    @abstractmethod
    def read_again(self) -> None:
        """Read the version that is wanted."""

    @property
    def question(self) -> Question | None:
        """The open question under the cursor."""
        return question_at(self._stored.compilation if self._stored else None, self.steps.step)

    def action_answer(self) -> None:
        """Go to the next open question; it is answered where it stands."""
        row = question_row(self._stored.compilation if self._stored else None, self.steps.step)
        if row is None:
            self.say("no question is open")
            return
        self.steps.go_to(row)
        self.show_step()
        self.steps.focus()

    def action_answer_yes(self) -> None:
        """It is the same value."""
        self._answer(yes=True)

    def action_answer_no(self) -> None:
        """It is another one."""
        self._answer(yes=False)

    def _answer(self, *, yes: bool) -> None:
        question, ref, core = self.question, self.ref, self.core
        if question is not None and ref is not None and not self._deciding:
            self._deciding = True
            said = f"with your {'yes' if yes else 'no'} to {question.id}"
            in_thread(self, lambda: Redecided(core.answer(ref, question.id, yes=yes), said), group="decide")

    @abstractmethod
    def show_step(self) -> None:
        """Bring what is known of the row under the cursor to the front."""

    def action_take_back(self) -> None:
        """Take back the step under the cursor, or leave it to the compiler again."""
        ref, core, at = self.ref, self.core, self.steps.step
        if ref is None or self._stored is None or at is None or self.question is not None:
            return
        number = -at if at < 0 else self._stored.playbook.steps[at - 1].source_step
        if number is not None:
            words = "kept" if at < 0 else "left to the compiler again"
            said = f"with step {number} of the recording {words}"
            in_thread(self, lambda: Redecided(core.keep(ref, number), said), group="decide")

    def action_carry(self) -> None:
        """Ask which variables of before the recording are set first; those that the notes name are offered."""
        ref, core, stored = self.ref, self.core, self._stored
        if ref is None or stored is None or stored.compilation is None:
            self.say("no compile made this version: edit its document to set a variable first", severity="warning")
            return

        def given(text: str | None) -> None:
            if text is not None:
                names = text.split()
                said = f"with {' '.join(names) or 'no variable'} set first"
                in_thread(self, lambda: Redecided(core.carry(ref, names), said), group="decide")

        value = " ".join(offered(stored.compilation))
        self.app.push_screen(AskText("Variables", CARRY_QUESTION, value=value, optional=True), given)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Questions are answered and steps are taken back where the cursor is on one."""
        if action in ("answer_yes", "answer_no"):
            return self.question is not None
        if action != "take_back":
            return super().check_action(action, parameters)
        compilation, at = self._stored.compilation if self._stored else None, self.steps.step
        if compilation is None or self._stored is None or at is None or self.question is not None:
            return False
        return at < 0 or self._stored.playbook.steps[at - 1].source_step in compilation.kept

    @on(Redecided)
    @on(Refused)
    def decide_again(self) -> None:
        """Whatever came of it, the next answer counts."""
        self._deciding = False

    @on(Redecided)
    def show_redecided(self, event: Redecided) -> None:
        """Go on with the version that was made of it."""
        playbook = event.stored.playbook
        self._ref = f"{playbook.name}@{playbook.version}"
        self.say(f"✓ {self._ref} is a draft {event.said}")
        self.read_again()

    def action_set_values(self) -> None:
        """Ask for all parameters in one form, and how replays go."""
        if self._stored is None:
            return
        playbook = self._stored.playbook

        def given(values: Given | None) -> None:
            if values is not None:
                self._values = {name: value for name, value in values.items() if name in playbook.parameters}
                self._terms = read_terms(values)
                told = parameter_rows(playbook, shown(playbook, self._values), self.book.keys)
                self.parameters.show([*told, *term_rows(self._terms)])

        asked = [*fields(playbook, self._values), *term_fields(self._terms)]
        self.app.push_screen(Form(f"Values for {self.ref}", asked), given)

    def action_verify(self) -> None:
        """Do it again in a shadow, after a question."""
        ref, origin, core = self.ref, self._origin, self.core
        if ref is None:
            return
        if origin is None:
            self.say("no recording of it is left to hold it against", severity="warning")
            return

        def start(cwd: str | None) -> None:
            self.book.send_out(verify_errand(core, ref, cwd=cwd))

        ask_shadow(self, f"Verify {ref}", origin.run, start)

    def action_update(self) -> None:
        """Read what it can be held against, then ask."""
        ref, core = self.ref, self.core
        if ref is not None:
            name = ref.partition("@")[0]
            in_thread(self, lambda: SourcesRead(core.replays(name), core.runs()), group="sources")

    @on(SourcesRead)
    def ask_which(self, event: SourcesRead) -> None:
        """One of them is chosen."""
        if self.ref is not None:
            ask_source(self, self.ref, replays=event.replays, runs=event.runs, now=self.book.now())

    def take_fact(self, fact: Message) -> None:
        """A new draft is shown at once, with what it came of; under a dialog only its sentence is."""
        if not isinstance(fact, Fitted) or fact.ref.partition("@")[0] != self._ref.partition("@")[0]:
            super().take_fact(fact)
            return
        self._ref = fact.made or self._ref
        self.read_again()
        if self.app.screen is self:
            show_fitted(self, fact)
        else:
            super().take_fact(fact)
