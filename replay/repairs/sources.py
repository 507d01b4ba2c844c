"""The rules, in one visible list; the order decides nothing but which of two equal proposals stands first."""

from replay.repairs.proposal import Rule
from replay.repairs.rules.anchored_again import AnchoredAgain
from replay.repairs.rules.another_port import AnotherPort
from replay.repairs.rules.bad_interpreter import BadInterpreter
from replay.repairs.rules.execute_bit import ExecuteBit
from replay.repairs.rules.git_ref import GitRef
from replay.repairs.rules.git_upstream import GitUpstream
from replay.repairs.rules.line_ends import LineEnds
from replay.repairs.rules.longer_time_limit import LongerTimeLimit
from replay.repairs.rules.missing_directory import MissingDirectory
from replay.repairs.rules.missing_env import MissingEnv
from replay.repairs.rules.missing_header import MissingHeader
from replay.repairs.rules.missing_module import MissingModule
from replay.repairs.rules.option_from_help import OptionFromHelp
from replay.repairs.rules.other_command_name import OtherCommandName
from replay.repairs.rules.other_pattern import OtherPattern
from replay.repairs.rules.quoted_value import QuotedValue
from replay.repairs.rules.recorded_search_path import RecordedSearchPath
from replay.repairs.rules.recorded_shell import RecordedShell
from replay.repairs.rules.renamed_file import RenamedFile
from replay.repairs.rules.renamed_target import RenamedTarget
from replay.repairs.rules.renamed_tool import RenamedTool
from replay.repairs.rules.satisfied_already import SatisfiedAlready
from replay.repairs.rules.satisfied_in_database import SatisfiedInDatabase
from replay.repairs.rules.set_aside import SetAside
from replay.repairs.rules.tool_hint import ToolHint
from replay.repairs.rules.try_again import TryAgain
from replay.repairs.rules.wait_for_lock import WaitForLock

RULES: tuple[Rule, ...] = (
    ToolHint(),
    MissingEnv(),
    RenamedFile(),
    OtherPattern(),
    GitRef(),
    GitUpstream(),
    RenamedTarget(),
    OtherCommandName(),
    RenamedTool(),
    BadInterpreter(),
    LineEnds(),
    RecordedSearchPath(),
    MissingModule(),
    MissingHeader(),
    ExecuteBit(),
    MissingDirectory(),
    SatisfiedAlready(),
    SatisfiedInDatabase(),
    LongerTimeLimit(),
    AnchoredAgain(),
    OptionFromHelp(),
    RecordedShell(),
    QuotedValue(),
    AnotherPort(),
    WaitForLock(),
    TryAgain(),
    SetAside(),
)
