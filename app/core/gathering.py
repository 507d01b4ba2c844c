"""The secrets of a replay, gathered before it begins."""

import os
from collections.abc import Callable, Mapping

import msgspec

from app.core.parts import Parts
from replay.playbook import Playbook
from replay.secret_sources import Secrets, entry, gather
from replay.wanting import WantedSecret, secrets_wanted


class Gathering(Parts):
    """What every replay gathers."""

    def _gathered(
        self,
        playbook: Playbook,
        from_step: int,
        values: Mapping[str, str],
        answers: Mapping[str, str],
        ask: Callable[[WantedSecret], str | None] | None,
    ) -> Secrets:
        """The secrets of a replay; a secret parameter that nobody knows is left to the steps that use it."""
        found = gather(
            playbook,
            secrets_wanted(playbook, from_step=from_step),
            values=values,
            answers=answers,
            environment=os.environ,
            ask=ask,
            tell=self.tell,
        )
        return msgspec.structs.replace(found, missing=tuple(one for one in found.missing if one.answer))


def not_known(ref: str, secret: WantedSecret) -> str:
    """What is said where a secret answer is not known."""
    name = ref.partition("@")[0]
    return (
        f"{ref} wants {secret.question}, a secret; set {secret.variable}, "
        f"keep it with replaybook secrets --store {entry(name, secret.name)}, or replay in a terminal, which asks"
    )
