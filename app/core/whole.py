"""The core as a whole."""

from app.core.belonging import Belonging
from app.core.delegated import Delegated
from app.core.fleets import Fleets
from app.core.incidents import Incidents
from app.core.lineage import Lineages
from app.core.lookup import Lookup
from app.core.operating import Operating
from app.core.repairing import Repairing
from app.core.rules import Rules
from app.core.settings import SettingsKept
from app.core.sharing import Sharing
from app.core.storing import Storing
from app.core.tools import Tools
from app.core.trying import Trials
from app.core.writing import Writing


class Core(
    Fleets,
    Storing,
    Delegated,
    Incidents,
    Belonging,
    Operating,
    Rules,
    Repairing,
    Writing,
    Tools,
    Trials,
    Lineages,
    Sharing,
    SettingsKept,
    Lookup,
):
    """The program over one home; every method may block."""
