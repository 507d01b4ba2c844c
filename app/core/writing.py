"""Versions that a person writes: the text is looked over, and becomes the next draft; none is changed in its place."""

from app.core.versions import StoredVersion, Versions
from app.proofreading import load_written
from capture.errors import BadInputError
from replay.governance.audit import Action


class Writing(Versions):
    """What can be done with a document's text."""

    def write(self, ref: str, text: str, *, where: str) -> StoredVersion:
        """Store what a person made of a version as the next draft; the version itself stays as it is.

        Args:
            ref: NAME[@V] that the text began as; its own file may be wrong, for that is mended so.
            text: The whole document.
            where: The text's name in messages.

        Raises:
            UnknownNameError: There is no such version.
            BadInputError: The text is no playbook, another one's, or says what is there already.
        """
        name, version = self._shelf.resolve(ref)
        version = self._register.wanted(ref).version if version is None else version
        if text == self._shelf.text(name, version):
            raise BadInputError(f"{where} is {name}@{version} as it stands; nothing is to be saved")
        playbook = load_written(text, name=name, where=where)
        base = f"{name}@{version}"
        compilation = self._shelf.compilation(name, version)
        _, row = self._register.add(playbook, made_from=(base,), written=text, compilation=compilation)
        details = {"digest": row.digest, "base": base}
        self._audit.append(actor=self.actor, action=Action.WRITTEN, subject=row.ref, details=details)
        return self.version(row.ref)

    def text(self, ref: str) -> tuple[str, str]:
        """What a person begins to write from: `NAME@V`, and its document as the file holds it, right or wrong.

        Raises:
            UnknownNameError: There is no such version.
        """
        name, version = self._shelf.resolve(ref)
        version = self._register.wanted(ref).version if version is None else version
        return f"{name}@{version}", self._shelf.text(name, version)
