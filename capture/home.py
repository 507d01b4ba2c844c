"""Where everything is kept, and with which permissions."""

import contextlib
import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from capture.errors import BadInputError

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600
EDIT = "edit-"
"""So begin, in a run's folder, the folders of its edited states; the highest number is the one that counts."""
UNMASKED = "unmasked"
"""The folder in a run's folder that counts while the files in it take the place of those beside it."""
UNFINISHED = "new-"
"""So begin, in a run's folder, the folders that are not whole yet, or are being deleted."""
STAGED = ".part"
"""So ends a stored content that is not whole yet."""
GOING = ".going"
"""So ends a stored content that is about to be deleted, or given back."""


HOME_VARIABLE = "REPLAYBOOK_HOME"
"""Names another home than the platform's."""


def default_home() -> "Home":
    """The home that counts where none is named; not yet created."""
    if named := os.environ.get(HOME_VARIABLE):
        return Home(Path(named).absolute())
    import platformdirs  # noqa: PLC0415 - not needed when the home was named

    return Home(Path(platformdirs.user_data_dir("replaybook")))


@dataclass(frozen=True)
class Home:
    """The program's own folder; every other module asks it for paths.

    Attributes:
        path: Absolute; created by `prepare`.
    """

    path: Path

    @property
    def catalog(self) -> Path:
        """The TinyDB catalog."""
        return self.path / "catalog.json"

    @property
    def runs(self) -> Path:
        """One folder a run."""
        return self.path / "runs"

    @property
    def blobs(self) -> Path:
        """Contents that steps wrote, by sha256."""
        return self.path / "blobs"

    @property
    def playbooks(self) -> Path:
        """One folder a playbook, one file a version."""
        return self.path / "playbooks"

    @property
    def audit(self) -> Path:
        """The audit log."""
        return self.path / "audit.ndjson"

    @property
    def ignore(self) -> Path:
        """Patterns of paths that are never watched; the user's to edit."""
        return self.path / "ignore"

    @property
    def secrets(self) -> Path:
        """Rules of what is masked, beside those that come with the program; the user's to write."""
        return self.path / "secrets.toml"

    @property
    def policy(self) -> Path:
        """What replays may do, and what they ask before it; the user's to write."""
        return self.path / "policy.toml"

    @property
    def rules(self) -> Path:
        """The user's own tables of repair rules; the user's to make."""
        return self.path / "rules"

    @property
    def sources(self) -> Path:
        """Which sources of repairs outside of this machine are on; the user's to write."""
        return self.path / "sources.toml"

    @property
    def tools(self) -> Path:
        """What carries out tool steps; the user's to write."""
        return self.path / "tools.toml"

    @property
    def offered(self) -> Path:
        """What tool servers offered when they were asked last; can be asked anew."""
        return self.path / "tools.json"

    @property
    def settings(self) -> Path:
        """How the program looks and which keys do what; the user's to write."""
        return self.path / "settings.toml"

    @property
    def old_keys(self) -> Path:
        """Where keys were kept before there were settings; still read."""
        return self.path / "keys.json"

    @property
    def fault(self) -> Path:
        """The traceback of the last internal error, for whoever reports it."""
        return self.path / "fault.txt"

    @property
    def frozen(self) -> Path:
        """There while no replay may run: who froze them, when and why."""
        return self.path / "frozen.json"

    @property
    def always(self) -> Path:
        """One folder a session of the recording that is always on."""
        return self.path / "always"

    @property
    def hooks(self) -> Path:
        """What agents' hooks have told: where each session lands, and what went wrong; made by the first of them."""
        return self.path / "hooks"

    @property
    def checks(self) -> Path:
        """One folder a check that a cluster carries out, as long as it goes on: who has begun what."""
        return self.path / "checks"

    @property
    def team(self) -> Path:
        """One folder a team's server: what this home knows of it; can be deleted while nothing waits in it."""
        return self.path / "team"

    @property
    def replays(self) -> Path:
        """One document a replay."""
        return self.path / "replays"

    def run_folder(self, run_id: str) -> Path:
        """The folder with the files of one run as it stands now; it may not exist."""
        whole = self.runs / run_id
        try:
            # Names alone: whoever searches asks this of thousands.
            names = os.listdir(whole)  # noqa: PTH208 - as above
        except OSError:
            return whole
        edits = [int(name[len(EDIT) :]) for name in names if name.startswith(EDIT) and name[len(EDIT) :].isdigit()]
        if edits:
            return whole / f"{EDIT}{max(edits)}"
        return whole / UNMASKED if UNMASKED in names and (whole / UNMASKED).is_dir() else whole

    def prepare(self) -> "Home":
        """Create the folders that are not there, private to the user.

        Raises:
            BadInputError: The folder can't be made or written.
        """
        try:
            for folder in (self.path, self.runs, self.blobs, self.playbooks, self.replays, self.always):
                folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        except OSError as error:
            raise BadInputError(
                f"home {self.path} can't be made: {error.strerror}; give another with --home or REPLAYBOOK_HOME"
            ) from error
        if not os.access(self.path, os.W_OK | os.X_OK):
            raise BadInputError(
                f"home {self.path} can't be written; change its mode, or give another with --home or REPLAYBOOK_HOME"
            )
        return self

    def keep_blob(self, content: bytes) -> str:
        """Store content once, by its digest.

        Args:
            content: The bytes, already known to hold no secret.

        Returns:
            `sha256:…`.
        """
        digest = sha256(content).hexdigest()
        # Paths as texts: an import of a long record stores thousands, and paths as objects cost as much as the disk.
        target = f"{self.blobs}/{digest}"
        if not os.path.exists(target):  # noqa: PTH110 - as above
            partial = f"{target}.{os.getpid()}{STAGED}"
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(content)
                os.replace(partial, target)  # noqa: PTH105 - as above
            except OSError:
                Path(partial).unlink(missing_ok=True)
                raise
        return f"sha256:{digest}"

    def blob(self, digest: str) -> bytes | None:
        """The content behind `sha256:…`, or None when it was not kept."""
        name = digest.removeprefix("sha256:")
        for place in (self.blobs / name, self.blobs / f"{name}{GOING}"):
            with contextlib.suppress(OSError):
                return place.read_bytes()
        return None
