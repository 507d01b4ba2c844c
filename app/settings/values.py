"""The settings as values; their descriptions are what schema, command line, screen and palette tell (pure)."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin

import msgspec
from msgspec import Meta
from msgspec.structs import FieldInfo

ThemeName = Literal["dark", "light", "high-contrast", "ansi-dark"]
"""The themes that there are."""
THEMES: tuple[ThemeName, ...] = get_args(ThemeName)
KEYS = "keys"
"""The section of keys."""


class Recording(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The section `record`."""

    shell: Annotated[
        Literal["yours", "bash", "zsh", "fish"],
        Meta(description="The shell of the Record screen and of `record`; yours is what $SHELL says."),
    ] = "yours"


class Playing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The section `player`."""

    speed: Annotated[float, Meta(ge=0.25, le=16, description="How fast the player begins.")] = 1
    longest_pause_s: Annotated[
        float, Meta(ge=0, le=60, description="The player shortens pauses to so many seconds; 0: not at all.")
    ] = 2


class Sharing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The section `sharing`."""

    key: Annotated[
        str,
        Meta(
            max_length=1000,
            description="The SSH key that signs what you publish; empty is the one that git signs with.",
        ),
    ] = ""
    allowed_signers: Annotated[
        str,
        Meta(
            max_length=1000,
            description="Who may sign what you fetch: a file of ssh-keygen's; empty is allowed_signers in the home.",
        ),
    ] = ""
    store: Annotated[
        str,
        Meta(
            max_length=1000,
            description="Where recordings are pushed to and fetched from: a folder, s3://…, gs://… or az://….",
        ),
    ] = ""


class Checking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The section `check`."""

    jobs: Annotated[
        int, Meta(ge=0, le=256, description="How many playbooks a check looks at at once; 0: one for each core.")
    ] = 1
    cluster: Annotated[
        str,
        Meta(
            pattern=r"^\S*$",
            description="The scheduler of dask.distributed that checks are spread by; empty: this machine alone.",
            extra={"range": "an address as tcp://host:8786, local, or empty"},
        ),
    ] = ""


class Teaming(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The section `team`."""

    catalog: Annotated[
        str,
        Meta(
            max_length=1000,
            description="The PostgreSQL database that a team shares, taken when the program starts; empty: this home "
            "is its own. REPLAYBOOK_CATALOG goes before it.",
            extra={"range": "an address without a password, as postgresql://ada@db/team or service=team, or empty"},
        ),
    ] = ""


class Retaining(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The section `retention`."""

    older_than: Annotated[
        str,
        Meta(
            pattern=r"^([1-9]\d{0,5}[hdw])?$",
            description="How old recordings get before `health` and Home ask for a purge; nothing goes by itself.",
            extra={"range": "a span as 90d, 12w or 36h, or empty: they stay"},
        ),
    ] = ""
    keep: Annotated[
        int, Meta(ge=0, le=1_000_000, description="So many of the newest recordings stay in a purge, however old.")
    ] = 0


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of them."""

    theme: Annotated[ThemeName, Meta(description="The colours; those of ansi-dark are the terminal's own 16.")] = "dark"
    motion: Annotated[bool, Meta(description="Whether lists and scrolling glide; off is calmer on a slow line.")] = True
    notice_s: Annotated[float, Meta(ge=1, le=60, description="Seconds that a notice stays on the screen.")] = 5
    jump_letters: Annotated[
        str,
        Meta(
            pattern="^[a-z]{4,26}$",
            description="The letters of jump mode, those nearest to your fingers first; each once.",
            extra={"range": "4 to 26 small letters"},
        ),
    ] = "asdfghjklqwertyuiopzxcvbnm"
    record: Recording = Recording()
    player: Playing = Playing()
    check: Checking = Checking()
    sharing: Sharing = Sharing()
    team: Teaming = Teaming()
    retention: Retaining = Retaining()
    keys: Mapping[str, str] = {}
    """Textual's keys by action id, several split by commas."""


class InForce(msgspec.Struct, frozen=True, kw_only=True):
    """The settings as they are, and where they come from."""

    settings: Settings
    file: str
    """Where they are kept."""
    written: bool
    """Whether that file is there."""
    where: Mapping[str, str] = {}
    """File and line of what is written, by name: `theme`, `record.shell`, `keys.inbox`."""


class Setting(NamedTuple):
    """One that can be set, as both front ends tell of it."""

    name: str
    """As `record.shell`."""
    about: str
    """One or two sentences."""
    kind: Any
    """Its type, with its bounds."""
    default: Any

    @property
    def choices(self) -> tuple[str, ...]:
        """What it can be, in words; empty where it is a number or a text."""
        kind = get_args(self.kind)[0]
        if kind is bool:
            return ("yes", "no")
        return tuple(map(in_words, get_args(kind))) if get_origin(kind) is Literal else ()

    @property
    def range(self) -> str:
        """What it can be, in words."""
        if self.choices:
            return " or ".join((", ".join(self.choices[:-1]), self.choices[-1]))
        bounds = get_args(self.kind)[1]
        if bounds.extra is not None:
            return str(bounds.extra["range"])
        if bounds.max_length is not None:
            return "a file, or an address"
        return f"a number from {bounds.ge:g} to {bounds.le:g}"


def in_words(value: object) -> str:
    """A value as people read and write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def value_of(settings: Settings, name: str) -> Any:
    """What a setting is.

    Args:
        settings: All.
        name: Of the setting, as `record.shell`.
    """
    found: Any = settings
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _listed(kind: type[msgspec.Struct], before: str = "") -> Iterator[Setting]:
    for field in msgspec.structs.fields(kind):
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            yield from _listed(field.type, f"{before}{field.name}.")
        elif field.name != KEYS:
            yield Setting(f"{before}{field.name}", _about(field), field.type, field.default)


def _about(field: FieldInfo) -> str:
    return next(one.description for one in get_args(field.type) if isinstance(one, Meta) and one.description)


SETTINGS: Mapping[str, Setting] = {one.name: one for one in _listed(Settings)}
"""All but the keys, by name, in the order of the file."""
SECTIONS = tuple(dict.fromkeys(name.partition(".")[0] for name in SETTINGS if "." in name))
"""Of the file, but for the keys'."""
