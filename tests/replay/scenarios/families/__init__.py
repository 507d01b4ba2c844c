"""The scenarios, a file a family of failures."""

from tests.replay.scenarios.families.building import BUILDING
from tests.replay.scenarios.families.changed import CHANGED
from tests.replay.scenarios.families.commands import COMMANDS
from tests.replay.scenarios.families.files import FILES
from tests.replay.scenarios.families.machine import MACHINE
from tests.replay.scenarios.families.places import PLACES
from tests.replay.scenarios.families.versions import VERSIONS

SCENARIOS = (*COMMANDS, *FILES, *PLACES, *VERSIONS, *BUILDING, *MACHINE, *CHANGED)
