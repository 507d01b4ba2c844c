"""What publishing and fetching come to, as values that both front ends tell."""

from enum import StrEnum

import msgspec


class Standing(StrEnum):
    """What a signature is worth."""

    SIGNED = "signed"
    """By somebody whom the allowed-signers file names."""
    STRANGER = "stranger"
    """It fits the document, and the file does not name its key."""
    WRONG = "wrong"
    """It is of another text, for something else, revoked, or none at all."""
    UNSIGNED = "unsigned"


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of one document's signature."""

    standing: Standing
    signer: str | None = None
    """The principal in the allowed-signers file."""
    key: str | None = None
    """`SHA256:…` of the key; None where it can't be told."""
    why: str = ""
    """What is wrong, in a clause; empty: nothing."""

    @property
    def words(self) -> str:
        """For a person, behind the name of a version."""
        return f"signed by {self.signer}" if self.standing is Standing.SIGNED else self.why


def told_of(found: Signature) -> dict[str, str]:
    """A signature as the log of decisions has it."""
    signer = {"signer": found.signer} if found.standing is Standing.SIGNED and found.signer else {}
    return {"signature": str(found.standing), **signer, **({"key": found.key} if found.key else {})}


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """A version in a repository's tree."""

    name: str
    version: int
    """As it is numbered there."""
    document: str
    """Object id of the document."""
    signature: str | None = None
    """Object id of its signature."""

    @property
    def ref(self) -> str:
        """`NAME@V`, as it is numbered there."""
        return f"{self.name}@{self.version}"


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was not taken."""

    what: str
    """A path in the repository, or `NAME@V`."""
    why: str
    """In a clause."""


class FetchedVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version that came, as it is kept here: a draft."""

    playbook: str
    version: int
    """Here."""
    theirs: int
    """There."""
    digest: str
    signature: Signature


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """What a fetch came to."""

    source: str
    """The repository, without a password."""
    branch: str
    commit: str | None
    """What the branch is there; None: it has no commit."""
    versions: tuple[FetchedVersion, ...] = ()
    signed: tuple[FetchedVersion, ...] = ()
    """Versions that had come before, and whose signature came now."""
    known: int = 0
    """Versions there that are here already."""
    left_out: tuple[LeftOut, ...] = ()


class PublishedVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version that is in the repository now."""

    playbook: str
    version: int
    """Here."""
    theirs: int
    """There: another number where that one was taken."""
    digest: str
    key: str | None
    """`SHA256:…` of what signed it; None: nothing did."""
    new: bool
    """Whether this publishing brought it, or its signature."""


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """What publishing came to."""

    target: str | None
    """The repository, without a password; None: this home's own."""
    branch: str
    commit: str | None
    """What the branch is now; None: nothing is in it yet."""
    versions: tuple[PublishedVersion, ...] = ()
