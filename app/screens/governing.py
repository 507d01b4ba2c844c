"""What every screen with a version shares: it is validated and promoted by a key, with a typed reason if need be."""

from abc import abstractmethod
from typing import ClassVar

from textual import on

from app.ports import Terms
from app.screens.base import BookScreen
from app.screens.dialogs import AskText
from app.workers.facts import PromotionRefused, StandingChanged, Validating
from app.workers.governing import start_promotion, start_validation


class GoverningScreen(BookScreen):
    """Validates and promotes the version that `ref` names."""

    NO_VERSION: ClassVar[str] = "no version is shown yet"
    """What it says while there is nothing to validate or promote."""

    @property
    @abstractmethod
    def ref(self) -> str | None:
        """The version that `validate` and `promote` are about."""

    @property
    def terms(self) -> Terms:
        """How replays and validations go that begin here."""
        return Terms()

    def action_validate(self) -> None:
        """Validate the version in a shadow."""
        ref = self.ref
        if ref is None:
            self.say(self.NO_VERSION, severity="warning")
            return
        self.say(f"validating {ref} …")
        start_validation(self, self.core, ref, network=self.terms.network)

    def action_promote(self) -> None:
        """Promote the version, after a question."""
        ref, core = self.ref, self.core
        if ref is None:
            self.say(self.NO_VERSION, severity="warning")
            return
        self.confirm("Promote", f"Make {ref} the active version?", lambda: start_promotion(self, core, ref))

    @on(PromotionRefused)
    def ask_override(self, event: PromotionRefused) -> None:
        """A reason that a person typed does instead of a green validation; nothing typed means no."""
        core = self.core

        def reasoned(reason: str | None) -> None:
            if reason and reason.strip():
                start_promotion(self, core, event.ref, override=reason.strip())
            else:
                self.say(f"{event.ref} stays as it is")

        lack = event.reason.partition(";")[0]
        question = f"{lack}. To promote it all the same, type why; the audit log keeps it. Empty: no."
        self.app.push_screen(AskText("Promote anyway?", question, optional=True), reasoned)

    @on(Validating)
    def show_progress(self, event: Validating) -> None:
        """Say how far it is."""
        self.title_bar.facts(event.said)

    @on(StandingChanged)
    def show_standing(self, event: StandingChanged) -> None:
        """Say where the version stands now."""
        playbook = event.stored.playbook
        self.say(f"✓ {playbook.name}@{playbook.version} is {event.stored.status}")
