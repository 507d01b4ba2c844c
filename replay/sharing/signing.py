"""Signs documents and judges signatures with `ssh-keygen -Y`: the keys that people push with, and no new web of trust.

The format is OpenSSH's (PROTOCOL.sshsig), the namespace `replaybook`; who may sign stands in an allowed-signers file as
ssh-keygen(1) describes it. A repository's own files never say who may sign.
"""

import re
import subprocess
import tempfile
from pathlib import Path

import msgspec

from capture.errors import BadInputError, HostError, RefusedError
from capture.printable import printable
from replay.sharing.values import Signature, Standing

NAMESPACE = "replaybook"
"""What a signature is for: one that was made for a commit or a file of another program counts for nothing here."""
TIMEOUT_S = 120.0
"""For one call; a person may be asked for a passphrase meanwhile."""
_PUBLIC = re.compile(r"(?:key::)?((?:ssh|ecdsa|sk-ssh|sk-ecdsa)-\S+ \S+.*)")
_FINGERPRINT = re.compile(r"\bSHA256:[\w+/=-]+")


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """Who is believed."""

    signers: Path | None = None
    """The allowed-signers file; None: nobody is."""
    revoked: Path | None = None
    """Keys that count no more, whatever the other file says."""


class Signer:
    """Signs with one key.

    Args:
        key: A file (private, or public with the private one in ssh-agent), or the text of a public key as git's
            `user.signingKey` has it.
        interactive: Whether a passphrase may be asked for on this terminal.
    """

    def __init__(self, key: str, *, interactive: bool = False) -> None:
        self._key = key
        self._interactive = interactive

    def sign(self, document: bytes) -> bytes:
        """The signature of a document, armoured.

        Raises:
            BadInputError: The key can't sign.
            HostError: There is no ssh-keygen that can.
        """
        with tempfile.TemporaryDirectory(prefix="replaybook-") as folder:
            told = _PUBLIC.fullmatch(self._key.strip())
            key = Path(folder) / "key.pub" if told else Path(self._key).expanduser()
            if told:
                key.write_text(f"{told[1]}\n")
            found = _keygen("sign", "-n", NAMESPACE, "-f", str(key), given=document, alone=not self._interactive)
            if found.returncode != 0:
                raise BadInputError(
                    f"{printable(self._key)} can't sign: {_said(found)}; name a key with --key, or put it into "
                    "ssh-agent with ssh-add"
                )
            return found.stdout


def judged(document: bytes, signature: bytes | None, trust: Trust) -> Signature:
    """What a document's signature is worth, by the files as they are now.

    Args:
        document: Its bytes, as they were signed.
        signature: Armoured; None: there is none.
        trust: Who is believed.

    Raises:
        HostError: There is no ssh-keygen that can tell.
    """
    if signature is None:
        return Signature(standing=Standing.UNSIGNED, why="it is not signed")
    with tempfile.TemporaryDirectory(prefix="replaybook-") as folder:
        at = Path(folder) / "signature"
        at.write_bytes(signature)
        return _judged(document, at, trust)


def _judged(document: bytes, signature: Path, trust: Trust) -> Signature:
    sound = _keygen("check-novalidate", "-n", NAMESPACE, "-s", str(signature), given=document)
    key = _key_in(sound)
    if sound.returncode != 0:
        return Signature(standing=Standing.WRONG, why="its signature is not of this document")
    if trust.signers is None or not trust.signers.is_file():
        where = "no file says who may sign" if trust.signers is None else f"{trust.signers} is not there"
        return Signature(standing=Standing.STRANGER, key=key, why=f"it is signed by {key}, and {where}")
    allowed = ("-f", str(trust.signers))
    named = _keygen("find-principals", "-s", str(signature), *allowed)
    principals = named.stdout.decode("utf-8", "replace").splitlines() if named.returncode == 0 else []
    revoked = ("-r", str(trust.revoked)) if trust.revoked else ()
    for principal in filter(None, principals):
        who = ("-I", principal, "-n", NAMESPACE, "-s", str(signature))
        if _keygen("verify", *allowed, *who, *revoked, given=document).returncode == 0:
            return Signature(standing=Standing.SIGNED, signer=printable(principal), key=key)
    if principals:
        why = f"{trust.signers} does not let {printable(principals[0])} sign this now with {key}"
        return Signature(standing=Standing.WRONG, key=key, why=why)
    return Signature(standing=Standing.STRANGER, key=key, why=f"it is signed by {key}, which {trust.signers} lacks")


def key_of(signature: bytes, document: bytes) -> str | None:
    """`SHA256:…` of the key that signed a document; None where it can't be told."""
    with tempfile.TemporaryDirectory(prefix="replaybook-") as folder:
        at = Path(folder) / "signature"
        at.write_bytes(signature)
        return _key_in(_keygen("check-novalidate", "-n", NAMESPACE, "-s", str(at), given=document))


def _key_in(found: subprocess.CompletedProcess[bytes]) -> str | None:
    told = _FINGERPRINT.search(found.stdout.decode("utf-8", "replace"))
    return told[0] if told else None


def _keygen(act: str, *arguments: str, given: bytes = b"", alone: bool = True) -> subprocess.CompletedProcess[bytes]:
    """Run `ssh-keygen -Y`; alone, it has no terminal to ask on."""
    try:
        return subprocess.run(
            ["ssh-keygen", "-Y", act, *arguments],
            input=given,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
            start_new_session=alone,
        )
    except FileNotFoundError as error:
        raise HostError("signatures need ssh-keygen of OpenSSH 8.9 or later; install it, then try again") from error
    except subprocess.TimeoutExpired as error:
        raise RefusedError(f"ssh-keygen took longer than {TIMEOUT_S:g} s; unlock the key, then try again") from error


def _said(found: subprocess.CompletedProcess[bytes]) -> str:
    lines = [line.strip() for line in found.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    return printable(lines[-1]) if lines else "ssh-keygen does not say why"
