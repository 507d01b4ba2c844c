"""What every screen with a version shares: it is validated and promoted by a key, with a typed reason if need be."""

from abc import abstractmethod
from typing import ClassVar

from textual import on
from textual.message import Message

from app.book import Terms
from app.screens.base import BookScreen
from app.screens.dialogs import AskText
from app.screens.validating import type_name, validate_errand
from app.workers.facts import PromotionRefused, StandingChanged, ValidationEnded
from app.workers.governing import start_promotion
from replay.playbook import VersionStatus


class GoverningScreen(BookScreen):
    """Validates and promotes the version that `ref` names."""

    NO_VERSION: ClassVar[str] = "no version is shown yet"
    """What it says while there is nothing to validate or promote."""

    def __init__(self) -> None:
        """Nothing was read yet."""
        super().__init__()
        self.actives: dict[str, int] = {}
        """The version of each playbook that was shown as active, 0 where none is; others move them, too."""

    @property
    @abstractmethod
    def ref(self) -> str | None:
        """The version that `validate` and `promote` are about."""

    @property
    def no_version(self) -> str:
        """What it says while there is nothing to validate or promote."""
        return self.NO_VERSION

    @property
    def terms(self) -> Terms:
        """How replays and validations go that begin here."""
        return Terms()

    def action_validate(self) -> None:
        """Validate the version in a shadow."""
        ref = self.ref
        if ref is None:
            self.say(self.no_version, severity="warning")
            return
        self.book.send_out(validate_errand(self.core, ref, network=self.terms.network))

    def take_fact(self, fact: Message) -> None:
        """A validation is told where there is a place for it."""
        if isinstance(fact, ValidationEnded):
            self.post_message(fact)
        else:
            super().take_fact(fact)

    def action_promote(self) -> None:
        """Promote the version, after a question."""
        ref, core = self.ref, self.core
        if ref is None:
            self.say(self.no_version, severity="warning")
            return
        active = self.active_before(ref)
        question = f"Make {ref} the active version?"
        self.confirm("Promote", question, lambda: start_promotion(self, core, ref, active=active))

    def active_before(self, ref: str) -> int | None:
        """The version that the person sees as active while they decide of another; None: they see nothing of it."""
        return self.actives.get(ref.partition("@")[0])

    @on(PromotionRefused)
    def ask_override(self, event: PromotionRefused) -> None:
        """A reason and the name, both typed, do instead of what is missing; nothing typed means no."""
        core, lack = self.core, event.reason.partition(";")[0]

        def reasoned(reason: str | None) -> None:
            if not (reason and reason.strip()):
                self.say(f"{event.ref} stays as it is")
                return
            self.app.push_screen(
                *type_name(
                    event.ref,
                    lack,
                    lambda: start_promotion(self, core, event.ref, override=reason.strip(), active=event.active),
                )
            )

        question = f"{lack}. To promote it all the same, type why; the audit log keeps it. Empty: no."
        self.app.push_screen(AskText("Promote anyway?", question, optional=True), reasoned)

    @on(StandingChanged)
    def show_standing(self, event: StandingChanged) -> None:
        """Say where the version stands now."""
        playbook, status = event.stored.playbook, event.stored.status
        if status is VersionStatus.ACTIVE:
            self.actives[playbook.name] = playbook.version
        elif self.actives.get(playbook.name) == playbook.version:
            self.actives[playbook.name] = 0
        wants = f"; your yes is kept: {event.stored.wants}" if event.stored.wants else ""
        self.say(f"✓ {playbook.name}@{playbook.version} is {status}{wants}")
