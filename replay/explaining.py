"""Says of a failure over a text in which lines it differs from the recorded one (pure)."""

from collections.abc import Callable

import msgspec

from capture.trace import Trace
from replay.earlier import Own
from replay.history.texts import Seen, difference
from replay.matching import contents
from replay.outcome import Failure, FailureClass
from replay.playbook import Playbook


def explained(
    failure: Failure, playbook: Playbook, run: Trace, *, own: Own, kept: Callable[[str], bytes | None]
) -> Failure:
    """A failure with its difference, where both texts were kept: runs keep none that holds a secret.

    Args:
        failure: Where the replay stopped.
        playbook: What was replayed.
        run: What happened.
        own: Knows the playbook's recordings.
        kept: A content by `sha256:…`; None when it was not kept.
    """
    # It went no further than there; where steps were left out, the two count differently.
    step = run.steps[-1] if run.steps else None
    after = step and next((one.after for one in step.file_effects if one.path == failure.subject), None)
    now = kept(after) if after else None
    if failure.failure_class is not FailureClass.EFFECTS_CHANGED or step is None or now is None:
        return failure
    wanted = [one.content for one in playbook.steps[failure.step_index - 1].expect.effects or () if one.content]
    texts = [text for one in own.recorded(failure.subject or "") if (text := kept(one)) is not None]
    alike = (text for text in texts if any(contents.is_content(text, one, {}) for one in wanted))
    then = next(alike, texts[0] if len(texts) == 1 else None)
    if then is None:
        return failure
    try:
        told = difference(Seen(text=then.decode()), Seen(text=now.decode(), moment=step.started_at))
    except UnicodeDecodeError:
        return failure
    return msgspec.structs.replace(failure, difference=told)
