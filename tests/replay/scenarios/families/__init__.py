"""The scenarios, a file a family of failures."""

from tests.replay.scenarios.families.building import BUILDING
from tests.replay.scenarios.families.changed import CHANGED
from tests.replay.scenarios.families.commands import COMMANDS
from tests.replay.scenarios.families.data import DATA
from tests.replay.scenarios.families.files import FILES
from tests.replay.scenarios.families.machine import MACHINE
from tests.replay.scenarios.families.makings import MAKINGS
from tests.replay.scenarios.families.places import PLACES
from tests.replay.scenarios.families.programs import PROGRAMS
from tests.replay.scenarios.families.repositories import REPOSITORIES
from tests.replay.scenarios.families.surroundings import SURROUNDINGS
from tests.replay.scenarios.families.versions import VERSIONS

WRITTEN_FIRST = (*COMMANDS, *FILES, *PLACES, *VERSIONS, *BUILDING, *MACHINE, *CHANGED)
"""Each asks what is proposed, more than how it ends."""
PLAYED_OUT = (*DATA, *REPOSITORIES, *PROGRAMS, *MAKINGS, *SURROUNDINGS)
"""Each was written before any rule was held against it, and names what a seed may vary."""
SCENARIOS = (*WRITTEN_FIRST, *PLAYED_OUT)
