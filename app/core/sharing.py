"""Playbooks shared through git: published with signatures, fetched as drafts, promoted only where somebody vouches."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.acting import account
from app.core.settings import SettingsKept
from app.core.versions import Versions
from capture.errors import BadInputError
from capture.secrets.redaction import Redactor
from capture.secrets.rules import load_rules
from replay.library.rows import VersionRow
from replay.playbook import VersionStatus

if TYPE_CHECKING:
    from replay.sharing.git.repository import Repository
    from replay.sharing.signing import Trust
    from replay.sharing.values import Fetched, Published

SIGNERS, REVOKED = "allowed_signers", "revoked_signers"
"""Files in the home, as ssh-keygen(1) describes them."""
_NOT_IN_NAMES = re.compile(r"[<>\x00-\x1f\x7f]")


class Trusting(SettingsKept):
    """Who is believed, and whether somebody who is vouches for a version."""

    def trust(self) -> "Trust":
        """Who may sign: what the settings name, else the home's own file, else what git was told."""
        from replay.sharing.signing import Trust  # noqa: PLC0415 - only who shares waits for it

        repository = self._repository()
        told = self.settings().settings.sharing
        own, revoked = self.home.path / SIGNERS, self.home.path / REVOKED
        named = Path(told.allowed_signers).expanduser() if told.allowed_signers else own if own.is_file() else None
        return Trust(
            signers=named or repository.path_setting("gpg.ssh.allowedSignersFile"),
            revoked=revoked if revoked.is_file() else repository.path_setting("gpg.ssh.revocationFile"),
        )

    def _repository(self, *, interactive: bool = False) -> "Repository":
        """The home's own repository; git and ssh may ask on this terminal where that is said."""
        from replay.sharing.git.repository import Repository  # noqa: PLC0415 - only who shares waits for it

        return Repository(self.home, interactive=interactive)

    def _signing_key(self) -> str:
        """The settings', else the one that git signs with."""
        told = self.settings().settings.sharing.key
        if told:
            return told
        repository = self._repository()
        key = repository.setting("user.signingKey") if repository.setting("gpg.format") == "ssh" else None
        if key is None:
            raise BadInputError(
                "no key signs what leaves: name one with --key FILE, or for good with "
                "replaybook settings sharing.key FILE; publish --unsigned goes without"
            )
        return key

    def _unvouched(self, row: VersionRow) -> str | None:
        """Why nobody who is trusted stands behind a version, in a clause."""
        from replay.sharing.git.vouching import Vouching  # noqa: PLC0415 - only who shares waits for it

        vouching = Vouching(
            catalog=self._catalog,
            register=self._register,
            shelf=self._shelf,
            entries=self._audit.entries,
            trust=self.trust,
        )
        return vouching.lack(row)


class Sharing(Versions, Trusting):
    """What can be done with others."""

    def shared_with(self) -> str | None:
        """The repository that is published to and fetched from where none is named; None: none is known."""
        return self._repository().remote()

    def publish(  # noqa: PLR0913 - each is one thing that a person says of it
        self,
        refs: Sequence[str] = (),
        *,
        to: str | None = None,
        here: bool = False,
        branch: str | None = None,
        key: str | None = None,
        unsigned: bool = False,
        interactive: bool = False,
    ) -> "Published":
        """Put versions into a repository that others read, each with a signature beside it.

        Args:
            refs: NAME[@V] each; none: every active version.
            to: The repository, remembered; None: the one that is known.
            here: Only into this home's own repository, which others may fetch from.
            branch: Of the repository; None: the one that it calls its own.
            key: Signs; None: the settings', else the one that git signs with.
            unsigned: Sign nothing.
            interactive: Git and ssh may ask on this terminal.

        Raises:
            BadInputError: There is no key, or an argument can't be used.
            RefusedError: A version may not leave.
            UnknownNameError: There is no such version, or no repository is known.
        """
        from replay.sharing.git.publishing import Publishing  # noqa: PLC0415 - only who shares waits for it
        from replay.sharing.signing import Signer  # noqa: PLC0415 - only who shares waits for it

        rows = [self._register.wanted(ref) for ref in refs] or [
            row for row in self._register.rows() if row.status is VersionStatus.ACTIVE
        ]
        repository = self._repository(interactive=interactive)
        signer = None if unsigned else Signer(key or self._signing_key(), interactive=interactive)
        url = self._address(repository, to, here=here)
        publishing = Publishing(
            repository=repository,
            register=self._register,
            shelf=self._shelf,
            audit=self._audit,
            redactor=Redactor(load_rules(self.home)),
            lack=self._unvouched,
            signer=signer,
            actor=self.actor,
            author=self._author(repository),
            clock=self.clock,
        )
        done = publishing.publish(rows, url, branch)
        if to is not None and url is not None:
            repository.remember(url)
        return done

    def fetch(
        self,
        wanted: Sequence[str] = (),
        *,
        source: str | None = None,
        here: bool = False,
        branch: str | None = None,
        interactive: bool = False,
    ) -> "Fetched":
        """Take what others have published, each version as the next draft.

        Args:
            wanted: NAME or NAME@V, as they are there; none: all.
            source: The repository, remembered where none is known yet; None: the one that is known.
            here: What others have pushed into this home's own repository.
            branch: Of the repository; None: the one that it calls its own.
            interactive: Git and ssh may ask on this terminal.

        Raises:
            BadInputError: An argument can't be used.
            UnknownNameError: No repository is known.
        """
        from replay.sharing.git.fetching import Fetching  # noqa: PLC0415 - only who shares waits for it

        repository = self._repository(interactive=interactive)
        fetching = Fetching(
            repository=repository,
            catalog=self._catalog,
            register=self._register,
            shelf=self._shelf,
            audit=self._audit,
            trust=self.trust(),
            actor=self.actor,
        )
        url = self._address(repository, source, here=here)
        done = fetching.fetch(url, branch, wanted)
        if url is not None and repository.remote() is None:
            repository.remember(url)
        return done

    def _address(self, repository: "Repository", given: str | None, *, here: bool) -> str | None:
        """The repository to speak with; None: only the home's own."""
        from replay.sharing.git.repository import check_url, missing_remote  # noqa: PLC0415 - only who shares waits for it

        if here:
            return None
        url = repository.remote() if given is None else check_url(given)
        if url is None:
            raise missing_remote()
        return url

    def _author(self, repository: "Repository") -> str:
        name = repository.setting("user.name") or self.actor
        address = repository.setting("user.email") or f"{account()}@localhost"
        return f"{_NOT_IN_NAMES.sub('', name) or 'nobody'} <{_NOT_IN_NAMES.sub('', address)}>"
