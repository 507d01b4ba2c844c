"""Which paths elsewhere may be watched besides the workspace: both front ends say no before anything begins."""

from pathlib import Path

from capture.errors import BadInputError


def watched(path: str, cwd: str) -> str:
    """A path that is watched besides the workspace, links followed: what is really written to is watched.

    Args:
        path: Absolute, relative to the workspace, or with `~`.
        cwd: The workspace.

    Returns:
        It, absolute.

    Raises:
        BadInputError: It holds the workspace.
    """
    try:
        real = Path(cwd, Path(path).expanduser()).resolve()
    except RuntimeError as error:
        raise BadInputError(f"{path} names no user that is known here; write the whole path") from error
    if Path(cwd).resolve().is_relative_to(real):
        raise BadInputError(f"{path} holds the workspace {cwd}; watch something in it, or record with --cwd {path}")
    return str(real)
