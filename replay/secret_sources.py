"""Where secrets of a replay come from: the environment, then a keyring, then the person; never the playbook."""

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import msgspec

from capture.errors import BadInputError
from replay.playbook import Playbook
from replay.wanting import WantedSecret

SERVICE = "replaybook"
"""What the program is called in a keyring; the user there is `PLAYBOOK/NAME`."""
INSTALL = "no keyring is installed here; pip install 'replaybook[keyring]', or set the variable"


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A secret and where it came from; only that is ever told."""

    value: str
    source: str


class Secrets(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay was given."""

    values: dict[str, str] = {}
    """By parameter."""
    answers: dict[str, str] = {}
    """By their key: the prompt, or a name."""
    missing: tuple[WantedSecret, ...] = ()


def look_up(playbook: str, secret: WantedSecret, environment: Mapping[str, str]) -> Found | None:
    """A secret that is known without asking.

    Args:
        playbook: Its name: a keyring holds each playbook's own, so that no program gets another one's password.
        secret: What is wanted.
        environment: Looked into first.
    """
    value = environment.get(secret.variable)
    if value is not None:
        return Found(value=value, source=f"the environment ({secret.variable})")
    value = from_keyring(entry(playbook, secret.name))
    return None if value is None else Found(value=value, source=f"the keyring ({entry(playbook, secret.name)})")


def gather(  # noqa: PLR0913 - what is wanted, and every place to look
    playbook: Playbook,
    wanted: tuple[WantedSecret, ...],
    *,
    values: Mapping[str, str],
    answers: Mapping[str, str],
    environment: Mapping[str, str],
    ask: Callable[[WantedSecret], str | None] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Secrets:
    """Get together what a replay wants; what was given already is not looked for.

    Args:
        playbook: Whose secrets.
        wanted: All of them.
        values: Parameters that were given.
        answers: Answers that were given, by their key.
        environment: Looked into first, then a keyring.
        ask: Asks the person, last; None: nobody is there. None as an answer leaves it missing.
        tell: Told where each came from, never the value.
    """
    got: dict[bool, dict[str, str]] = {False: {}, True: dict(answers)}
    missing: list[WantedSecret] = []
    for secret in wanted:
        if secret.key in (answers if secret.answer else values):
            continue
        found = look_up(playbook.name, secret, environment)
        value = found.value if found else ask(secret) if ask else None
        if value is None:
            missing.append(secret)
            continue
        got[secret.answer][secret.key] = value
        if found:
            tell(f"secret {secret.name}: from {found.source}")
    return Secrets(values=got[False], answers=got[True], missing=tuple(missing))


def entry(playbook: str, name: str) -> str:
    """What a secret is called in a keyring."""
    return f"{playbook}/{name}"


def from_keyring(called: str) -> str | None:
    """A secret out of the keyring; None when it is not there, or there is no keyring."""
    if find_spec("keyring") is None:
        return None
    keyring = _keyring()
    try:
        value = keyring.get_password(SERVICE, called)
    except keyring.errors.KeyringError:
        # Locked, or no keyring on this machine: the person is asked.
        return None
    return None if value is None else str(value)


def store(called: str, value: str) -> None:
    """Put a secret into the keyring.

    Raises:
        BadInputError: There is none, or it would not take it.
    """
    keyring = _keyring()
    try:
        keyring.set_password(SERVICE, called, value)
    except keyring.errors.KeyringError as error:
        raise BadInputError(f"the keyring did not take {called}: {_reason(error)}; set the variable instead") from error


def forget(called: str) -> bool:
    """Take a secret out of the keyring; returns whether it was there.

    Raises:
        BadInputError: There is no keyring.
    """
    keyring = _keyring()
    try:
        keyring.delete_password(SERVICE, called)
    except keyring.errors.PasswordDeleteError:
        return False
    except keyring.errors.KeyringError as error:
        raise BadInputError(f"the keyring can't be opened: {_reason(error)}; unlock it") from error
    return True


def _reason(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _keyring() -> Any:
    """The library, loaded only where a secret is wanted: it takes longer to load than a short replay.

    Raises:
        BadInputError: It is not installed.
    """
    try:
        import_module("keyring.errors")
        return import_module("keyring")
    except ImportError as error:
        raise BadInputError(INSTALL) from error
