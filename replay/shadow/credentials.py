"""What a shadow must not see: keys, tokens, and the sockets of agents that hold them."""

import os
import pwd
from collections.abc import Mapping
from pathlib import Path

from capture.secrets.redaction import is_secret_variable

CREDENTIALS: tuple[str, ...] = (
    ".ssh",
    ".gnupg",
    ".aws",
    ".azure",
    ".kube",
    ".netrc",
    ".git-credentials",
    ".config/git/credentials",
    ".config/gh",
    ".config/hub",
    ".config/glab-cli",
    ".config/gcloud",
    ".config/op",
    ".config/rclone",
    ".docker/config.json",
    ".npmrc",
    ".pypirc",
    ".gem/credentials",
    ".cargo/credentials",
    ".cargo/credentials.toml",
    ".terraform.d/credentials.tfrc.json",
    ".vault-token",
    ".pgpass",
    ".my.cnf",
    ".password-store",
    ".local/share/keyrings",
    ".mozilla",
    ".config/google-chrome",
    ".config/chromium",
)
"""Below the user's home directory."""

AGENTS = frozenset(
    {
        "SSH_AUTH_SOCK",
        "SSH_AGENT_PID",
        "GPG_AGENT_INFO",
        "DBUS_SESSION_BUS_ADDRESS",
        "XDG_RUNTIME_DIR",
        "DISPLAY",
        "WAYLAND_DISPLAY",
        "XAUTHORITY",
        "DOCKER_HOST",
        "KUBECONFIG",
        "AWS_PROFILE",
        "AWS_SESSION_TOKEN",
    }
)
"""Variables that lead to something outside that acts for the user."""


_PATH_FIELD = 7
"""Of a line in /proc/net/unix."""


def home_folders() -> tuple[Path, ...]:
    """The user's home directory, as the environment and as the system has it."""
    found = [os.environ.get("HOME", ""), pwd.getpwuid(os.getuid()).pw_dir]
    return tuple(dict.fromkeys(Path(path).resolve() for path in found if path.startswith("/")))


def credential_paths() -> tuple[Path, ...]:
    """Those of the known places that exist here."""
    paths = (home / name for home in home_folders() for name in CREDENTIALS)
    return tuple(path for path in paths if os.path.lexists(path))


def sockets() -> tuple[Path, ...]:
    """Where other processes listen on this machine: a read-only mount keeps nobody from connecting."""
    try:
        lines = Path("/proc/net/unix").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ()
    names = (line.split(" ", _PATH_FIELD)[_PATH_FIELD:] for line in lines[1:])
    found = dict.fromkeys(Path(name[0].strip()) for name in names if name and name[0].strip().startswith("/"))
    return tuple(path for path in found if _is_socket(path))


def _is_socket(path: Path) -> bool:
    try:
        return path.is_socket()
    except OSError:
        # In a folder that this user can't enter, nor anything in the shadow.
        return False


def without_credentials(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment fit for a shadow.

    Args:
        environment: Name to value.

    Returns:
        The same without secrets and without ways to those who hold them.
    """
    return {
        name: value
        for name, value in environment.items()
        if name not in AGENTS and not name.startswith("REPLAYBOOK_") and not is_secret_variable(name, value)
    }
