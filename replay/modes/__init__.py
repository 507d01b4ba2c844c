"""The three modes: each decides the next move, none acts."""

from replay.modes.guided import Guided
from replay.modes.ruling import Ruling, Verdict
from replay.modes.simulate import Simulate
from replay.modes.strict import Strict
from replay.outcome import Mode

MODES: dict[Mode, Ruling] = {Mode.SIMULATE: Simulate(), Mode.STRICT: Strict(), Mode.GUIDED: Guided()}
"""Every mode by its name."""

__all__ = ["MODES", "Guided", "Ruling", "Simulate", "Strict", "Verdict"]
