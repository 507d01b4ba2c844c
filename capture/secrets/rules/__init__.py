"""The rules that come with the program: those of gitleaks as they are published, and our own beside them."""

from functools import cache, lru_cache
from pathlib import Path

from capture.errors import BadInputError
from capture.home import Home
from capture.secrets.redaction_rules import RuleSet, read_rules, read_user_rules

PACKAGED = ("gitleaks", "replaybook")
"""Files of this folder, in the order in which they are read."""


@cache
def packaged() -> RuleSet:
    """What is masked unless the user says otherwise."""
    rules = RuleSet()
    for name in PACKAGED:
        text = Path(__file__).with_name(f"{name}.toml").read_text(encoding="utf-8")
        rules = rules.and_then(read_rules(text, source=name))
    return rules


def own_file_text() -> str:
    """What the user's own file begins with: a word on its format, and no rule yet."""
    return Path(__file__).with_name("own.toml").read_text(encoding="utf-8")


def load_rules(home: Home) -> RuleSet:
    """What is masked in this home: what comes with the program, and what the user's own file says.

    Args:
        home: Whose `secrets.toml` counts.

    Returns:
        The rules in force.

    Raises:
        BadInputError: The user's file can't be used.
    """
    try:
        text = home.secrets.read_text(encoding="utf-8")
    except FileNotFoundError:
        return packaged()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{home.secrets} can't be read ({error}); correct or remove it") from error
    return _with_users(text, str(home.secrets))


@lru_cache(maxsize=1)
def _with_users(text: str, source: str) -> RuleSet:
    """Compiled once for a process, and for those that it forks."""
    return packaged().and_then(read_user_rules(text, source=source))
