"""Which sources outside of this machine the user has switched on, and within what bounds, read from one file."""

from collections.abc import Mapping
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from capture.errors import BadInputError
from capture.home import Home
from replay.own_files import SectionedFile, tables_in, text_of

TEMPLATE = """\
# Sources of repairs beside the rules. Both are off until they are written here, and then nothing is sent before
# you have seen what, and said yes: replaybook sources show model, replaybook sources allow model.
# What is sent: the failed step with its output, recorded against actual, the steps around it, the candidates so far;
# secrets masked, the home directory as ~. What comes back is data: judged as every proposal is, applied by you alone.
# Proxies come from HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, further certificates from SSL_CERT_FILE and
# SSL_CERT_DIR, but never for this machine. TLS is verified, redirects are not followed.

# A service of your own: gets the request as JSON, answers by `replaybook schema repair-answer`.
# [http]
# url = "https://repairs.example.org/propose"
# key = "REPAIRS_KEY"       # the variable that holds it; or replaybook sources store http, for the keyring
# timeout_s = 30            # for all of it, to the last byte
# max_bytes = 1048576       # of an answer
# proposals = 3             # of an answer
# calls = 5                 # a replay
# when = "unsure"           # where no rule's proposal stands out; or "always"
# plain_http = false        # http:// to another machine than this one

# A language model, by the chat completions that most servers speak; these keys beside those above:
# [model]
# url = "http://localhost:11434/v1"
# model = "qwen2.5-coder"
# max_tokens = 1024         # of an answer
# structured = "json_schema"  # or "json_object", "none", for servers that know no better
# prompt_price = 0.15       # for a million tokens; without both, what it cost is unknown
# completion_price = 0.60
"""
"""What the file begins with."""

Seconds = Annotated[float, Meta(gt=0, le=600)]
Count = Annotated[int, Meta(ge=1, le=20)]
Price = Annotated[float, Meta(ge=0)]


class SourceName(StrEnum):
    """The sources outside of this machine; the section of the file that switches each on."""

    HTTP = "http"
    MODEL = "model"


class When(StrEnum):
    """When a source is asked."""

    UNSURE = "unsure"
    """Where no rule's proposal stands out."""
    ALWAYS = "always"


class Structured(StrEnum):
    """How a model is held to the form of its answer."""

    JSON_SCHEMA = "json_schema"
    JSON_OBJECT = "json_object"
    NONE = "none"


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where a source is asked, and what it may take."""

    url: str
    key: str | None = None
    """The environment variable that holds its key; None: `REPLAYBOOK_HTTP_KEY` or `REPLAYBOOK_MODEL_KEY`, if set."""
    on: bool = True
    timeout_s: Seconds = 30.0
    """For the whole request, from the first look-up of its host to the last byte."""
    max_bytes: Annotated[int, Meta(ge=1024, le=16 * 1024 * 1024)] = 1024 * 1024
    """Of an answer; more is cut off, and none of it is used."""
    proposals: Count = 3
    """Of an answer; the others are left out."""
    calls: Count = 5
    """In one replay."""
    when: When = When.UNSURE
    plain_http: bool = False
    """Whether it may go unencrypted to another machine than this one."""

    @property
    def name(self) -> SourceName:
        """Which source it is."""
        return SourceName.HTTP

    @property
    def post_url(self) -> str:
        """Where requests go."""
        return self.url

    @property
    def variable(self) -> str:
        """The environment variable that may hold its key."""
        return self.key or f"REPLAYBOOK_{self.name.upper()}_KEY"

    @property
    def local(self) -> bool:
        """Whether it is on this very machine."""
        return is_loopback(urlsplit(self.url).hostname or "")


class ModelEndpoint(Endpoint, frozen=True, kw_only=True):
    """A language model."""

    model: str
    max_tokens: Annotated[int, Meta(ge=16, le=32768)] = 1024
    """Of an answer."""
    structured: Structured = Structured.JSON_SCHEMA
    prompt_price: Price | None = None
    """For a million tokens."""
    completion_price: Price | None = None
    """For a million tokens."""

    @property
    def name(self) -> SourceName:
        """Which source it is."""
        return SourceName.MODEL

    @property
    def post_url(self) -> str:
        """Where requests go: below the base URL."""
        base, question, query = self.url.partition("?")
        return f"{base.rstrip('/')}/chat/completions{question}{query}"


class SourceSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file."""

    http: Endpoint | None = None
    model: ModelEndpoint | None = None

    @property
    def on(self) -> tuple[Endpoint, ...]:
        """Those that are switched on, in the order in which they are asked."""
        return tuple(one for one in (self.http, self.model) if one is not None and one.on)


E_ = TypeVar("E_", bound=Endpoint)


def load_settings(home: Home) -> SourceSettings:
    """The settings in a home; without a file, all sources are off.

    Args:
        home: Whose `sources.toml` counts.

    Raises:
        BadInputError: The file can't be used; the message names the line.
    """
    text = text_of(home.sources)
    return SourceSettings() if text is None else read_settings(text, source=str(home.sources))


def read_settings(text: str, *, source: str) -> SourceSettings:
    """Settings from their text.

    Args:
        text: TOML.
        source: The file's path, for messages.

    Raises:
        BadInputError: It is none; the message names the line, and the nearest key where one is unknown.
    """
    tables = tables_in(text, source=source, opened_by="replaybook sources --edit")
    file = SectionedFile(text, source)
    for key in tables:
        file.known(key, tuple(SourceName), None)
    return SourceSettings(
        http=_section(file, tables, SourceName.HTTP, Endpoint),
        model=_section(file, tables, SourceName.MODEL, ModelEndpoint),
    )


def keys_in(home: Home, environment: Mapping[str, str]) -> tuple[str, ...]:
    """The keys of sources that are in an environment: what a shell prints of them is written nowhere.

    Args:
        home: Whose `sources.toml` names their variables; one that can't be used names none.
        environment: Where they are looked for.
    """
    try:
        settings = load_settings(home)
    except BadInputError:
        return ()
    named = (one.variable for one in (settings.http, settings.model) if one is not None)
    return tuple(filter(None, map(environment.get, named)))


def own_file(home: Home) -> Path:
    """The user's file, written with a word on its format where there was none."""
    if not home.sources.exists():
        home.sources.write_text(TEMPLATE, encoding="utf-8")
        home.sources.chmod(0o600)
    return home.sources


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by what its name says alone."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _section(file: SectionedFile, tables: Mapping[str, Any], name: SourceName, kind: type[E_]) -> E_ | None:
    """One source; None where the file has none of that name."""
    table = tables.get(name)
    if table is None:
        return None
    if not isinstance(table, dict):
        raise file.error(name, f"{name} is a section: write [{name}], and its url below")
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    for key, value in table.items():
        file.known(key, tuple(fields), name)
        file.fits(key, value, fields[key].type, name)
    lacking = next((one for one in fields.values() if one.required and one.name not in table), None)
    if lacking is not None:
        raise file.error(name, f"[{name}] has no {lacking.name}")
    endpoint = msgspec.convert(table, kind)
    if endpoint.key is not None and not endpoint.key.isidentifier():
        raise file.error("key", "key is the name of an environment variable, never the key itself", name)
    problem = _problem(endpoint)
    if problem is not None:
        raise file.error("url", problem, name)
    return endpoint


def _problem(endpoint: Endpoint) -> str | None:
    """What speaks against its address."""
    parts = urlsplit("")
    try:
        parts = urlsplit(endpoint.url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or parts.scheme not in ("http", "https") or not endpoint.url.isprintable() or " " in endpoint.url:
        return "url is no address; write it as https://HOST/PATH"
    if parts.username is not None or parts.password is not None or parts.fragment:
        return "url holds a user, a password or a part behind #; leave it out, key names the variable with the key"
    if parts.scheme == "http" and not is_loopback(host) and not endpoint.plain_http:
        return f"url would go unencrypted to {host}; use https, or say plain_http = true"
    return None
