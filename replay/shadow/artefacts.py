"""Tells what fails because of a shadow itself, and so says nothing of the version that is tried in it (pure)."""

import re
from collections.abc import Collection

from replay.outcome import FailureClass

_TEXTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"[Ii]nvalid cross-device link|EXDEV"),
        "an overlay can't rename a folder that lies in its lower layer",
    ),
    (
        re.compile(r"[Vv]alue too large for defined data type|EOVERFLOW"),
        "the file's owner is not known in the shadow",
    ),
    (
        re.compile(r"(chown|chgrp|changing (ownership|group) of|lchown).*: Invalid argument"),
        "the owner that is given is not known in the shadow",
    ),
    (
        re.compile(r"[Rr]ead-only file system|EROFS|remote unpack failed: unable to create"),
        "it writes outside of the workspace, which nothing in a shadow may",
    ),
    (
        re.compile(r"[Nn]o space left on device|ENOSPC|[Ff]ile size limit exceeded|[Ff]ile too large|EFBIG"),
        "what may be written in a shadow is limited; REPLAYBOOK_SHADOW_LIMITS=disk=8G allows more",
    ),
)
_LIMITS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    (
        "memory",
        re.compile(r"MemoryError|[Cc]annot allocate memory|[Oo]ut of memory|memory exhausted|ENOMEM|bad_alloc"),
        "how much memory a process holds in a shadow is limited; REPLAYBOOK_SHADOW_LIMITS=memory=8G allows more",
    ),
    (
        "processes",
        re.compile(r"[Rr]esource temporarily unavailable|can't start new thread|EAGAIN"),
        "how many processes there are in a shadow is limited; REPLAYBOOK_SHADOW_LIMITS=processes=4096 allows more",
    ),
)
_NO_NETWORK = re.compile(
    r"[Nn]etwork is unreachable|[Cc]ould(n't| not) (resolve|connect)|[Nn]ame or service not known|[Nn]o route to host"
    r"|[Tt]emporary failure (in name resolution|resolving)|[Cc]onnection refused|[Ff]ailed to connect|ENETUNREACH"
    r"|EAI_AGAIN|ENOTFOUND|ECONNREFUSED|unable to resolve host|unknown host"
)


def artefact(
    failure_class: FailureClass,
    output: str,
    *,
    network: bool,
    struck: str | None,
    reached: Collection[str] | None = None,
) -> str | None:
    """Why a failure may be the shadow's own.

    Args:
        failure_class: Of the failure.
        output: What the failed step printed.
        network: Whether the shadow had one.
        struck: The limit that it was ended at.
        reached: The limits that no more was to be had of meanwhile: a refusal at another one is the step's own, for it
            would be met outside, too. None: nobody watched, so that its words must do.

    Returns:
        Half a sentence; None when nothing points to the shadow.
    """
    if struck:
        return f"it hit a limit of the shadow: {struck}; REPLAYBOOK_SHADOW_LIMITS sets others"
    for text, why in _TEXTS:
        if text.search(output):
            return why
    for limit, text, why in _LIMITS:
        if (reached is None or limit in reached) and text.search(output):
            return why
    if not network and (failure_class is FailureClass.NETWORK or _NO_NETWORK.search(output)):
        return "the shadow has no network; --network gives it one"
    return None
