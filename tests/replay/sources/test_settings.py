"""The settings of the sources: what they may say, and where a mistake in them stands."""

import pytest

from capture.errors import BadInputError
from replay.sources.consent import digest_of
from replay.sources.settings import TEMPLATE, Endpoint, ModelEndpoint, SourceSettings, read_settings


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[modle]\n", "sources.toml:1: there is no key 'modle'; did you mean model?"),
        ('[http]\n\nulr = "x"\n', "sources.toml:3: there is no key 'ulr'; did you mean url?"),
        ("[http]\n", "sources.toml:1: [http] has no url"),
        ('[http]\nurl = "ftp://example.org"\n', "sources.toml:2: url is no address"),
        ('[http]\nurl = "http://example.org"\n', "sources.toml:2: url would go unencrypted to example.org"),
        ('[http]\nurl = "https://a:b@example.org"\n', "sources.toml:2: url holds a user, a password"),
        ('[http]\nurl = "https://example.org"\nkey = "sk-1 2"\n', "sources.toml:3: key is the name of an environment"),
        ('[http]\nurl = "https://example.org"\ntimeout_s = 0\n', "sources.toml:3: timeout_s: Expected"),
        ('[http]\nurl = "https://example.org"\nproposals = "3"\n', "sources.toml:3: proposals: Expected"),
        ('[model]\nurl = "https://example.org"\n', "sources.toml:1: [model] has no model"),
        ("[http\n", "sources.toml:1: "),
    ],
    ids=range(11),
)
def test_a_mistake_is_told_with_its_line(text: str, words: str) -> None:
    with pytest.raises(BadInputError) as caught:
        read_settings(text, source="sources.toml")
    assert words in str(caught.value)


def test_what_is_not_written_is_off_and_so_is_what_the_file_begins_with() -> None:
    assert read_settings("", source="s").on == ()
    assert read_settings(TEMPLATE, source="s") == SourceSettings()
    assert read_settings('[http]\nurl = "https://example.org"\non = false\n', source="s").on == ()


def test_the_example_of_the_file_can_be_switched_on() -> None:
    lines = [line.removeprefix("# ") for line in TEMPLATE.splitlines()]
    first = next(at for at, line in enumerate(lines) if line == "[http]")
    settings = [line for line in lines[first:] if line.startswith("[") or " = " in line.partition("#")[0]]
    read = read_settings("\n".join(settings), source="s")
    assert [one.name for one in read.on] == ["http", "model"]
    assert read.model
    assert read.model.post_url == "http://localhost:11434/v1/chat/completions"
    assert read.model.local


def test_a_yes_is_for_one_address_and_one_model() -> None:
    one = ModelEndpoint(url="https://example.org/v1", model="a")
    others = [
        ModelEndpoint(url="https://example.org/v1", model="b"),
        ModelEndpoint(url="https://example.com/v1", model="a"),
        Endpoint(url="https://example.org/v1/chat/completions"),
    ]
    assert digest_of(one) == digest_of(ModelEndpoint(url="https://example.org/v1/", model="a", timeout_s=5))
    assert digest_of(one) not in [digest_of(other) for other in others]
