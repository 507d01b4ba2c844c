"""What is known of tools without calling them: by whoever offers them, or by their names (pure)."""

from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias

import msgspec

from replay import calls

_AGENT = "Read Glob Grep LS NotebookRead WebFetch WebSearch BashOutput TaskOutput View GlobTool GrepTool LSP"
_BOOKS = "TodoWrite TodoRead TaskCreate TaskUpdate TaskList TaskGet update_plan web_search view_image"
_FILES = """read_file read_text_file read_media_file read_multiple_files list_directory list_directory_with_sizes
    directory_tree search_files get_file_info list_allowed_directories"""
_GIT = "git_status git_diff_unstaged git_diff_staged git_diff git_log git_show"
_OTHERS = "read_graph search_nodes open_nodes get_current_time convert_time sequentialthinking"
READING = frozenset(f"{_AGENT} {_BOOKS}".split())
"""Tools of agents' own that only look, or keep the agent's own books."""
SERVERS_READING = frozenset(f"{_FILES} {_GIT} {_OTHERS}".split())
"""Tools of the well-known MCP servers that only look (github.com/modelcontextprotocol/servers)."""


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """A tool that can be called here, as far as it is known without calling it."""

    how: str
    """What would call it, for people: `MCP server files`, `GET and POST over HTTP`."""
    read_only: bool | None = None
    """Whether whoever offers it says that it changes nothing; None: they don't say."""
    destructive: bool | None = None
    """Whether they say that it may delete or overwrite; None: they don't say."""
    input_schema: Mapping[str, object] | None = None
    """JSON Schema of what it is given; None: not known."""
    wants: str | None = None
    """What must be installed before it can be called, in words; None: nothing."""


class Toolbox(Protocol):
    """The tools that can be called here; asking runs nothing, opens no connection and takes no time."""

    def known(self, name: str) -> Offered | None:
        """What is known of a tool, by its name as calls tell it (`server/tool`); None: nothing can call it here."""
        ...

    def names(self) -> tuple[str, ...]:
        """All tools that are known by name, sorted; what a misspelt or renamed one is compared with."""
        ...


class NoTools:
    """A machine on which no tool can be called."""

    def known(self, name: str) -> Offered | None:
        """None of them."""
        return dict[str, Offered]().get(name)

    def names(self) -> tuple[str, ...]:
        """None."""
        return ()


Known: TypeAlias = Callable[[str], Offered | None]
"""What is known of a tool, by its name as calls tell it; None: nothing can call it here."""


def nothing_known(name: str) -> Offered | None:
    """Where no tool can be called."""
    return dict[str, Offered]().get(name)


def only_reads(command: str, known: Known = nothing_known) -> bool:
    """Whether a call changes nothing.

    Args:
        command: A call's text, with or without placeholders; of any other text the answer is no.
        known: What is known of tools; what it says goes before what a name says.
    """
    name = calls.name_of(command)
    offered = known(name) if name else None
    if offered is not None and offered.read_only is not None:
        return offered.read_only
    server, _, tool = name.rpartition("/")
    return name in READING or (bool(server) and tool in SERVERS_READING)
