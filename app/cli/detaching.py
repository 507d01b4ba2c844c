"""The one key of the recorded terminal that is ours: it leaves the session running (pure)."""

import re

import msgspec

from capture.errors import BadInputError

DEFAULT_KEY = "ctrl-\\"
"""As in abduco and dtach; hardly any program wants it."""
VARIABLE = "REPLAYBOOK_DETACH_KEY"
"""Sets another one for good."""
_SPELLED = re.compile(r"(?:ctrl[-+]|\^)(.)", re.IGNORECASE)
_PASTED = b"\x1b[200~"


class DetachKey(msgspec.Struct, frozen=True):
    """What the terminal may send for the key."""

    shown: str
    """As people write it; empty when there is none."""
    sent: tuple[bytes, ...] = ()
    """Plainly, and as terminals send it in the modes that tell every key apart."""

    def within(self, data: bytes) -> int | None:
        """Where in what was typed the key stands; None when it doesn't, or when this was pasted."""
        if _PASTED in data:
            return None
        return min((at for one in self.sent if (at := data.find(one)) >= 0), default=None)


def detach_key(spelled: str) -> DetachKey:
    r"""Read how a person names the key.

    Args:
        spelled: `ctrl-\`, `ctrl+]`, `^A` or `none`.

    Returns:
        The key.

    Raises:
        BadInputError: It is no key with ctrl.
    """
    if spelled.lower() in ("none", ""):
        return DetachKey(shown="")
    match = _SPELLED.fullmatch(spelled)
    letter = match[1].lower() if match else ""
    if not ("a" <= letter <= "z" or letter in tuple("\\]^_@")):
        raise BadInputError(f"{spelled} can't be the detach key; name one as ctrl-\\, ctrl-] or ctrl-a, or none")
    code = ord(letter)
    sent = (bytes([ord(letter.upper()) & 0x1F]), b"\x1b[%d;5u" % code, b"\x1b[27;5;%d~" % code)
    return DetachKey(shown=f"ctrl-{letter}", sent=sent)
