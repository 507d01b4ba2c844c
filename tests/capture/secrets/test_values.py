"""JSON values keep their shape when their secrets go."""

from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from capture.secrets.noting import Noted
from capture.secrets.redaction import Redactor
from capture.secrets.values import masked_value

TOKEN = "ghp_" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"


@dataclass
class Login:
    user: str
    password: str


def masked(value: object) -> Any:
    return masked_value(value, Noted(Redactor()).of("command"))


def test_a_value_without_secrets_is_as_it_was() -> None:
    value = {"a": [1, 2.5, None, True, "x\ny"], "b": {"c": "d"}}
    assert masked(value) == value
    assert list(masked({"z": 1, "a": 2})) == ["z", "a"]


@pytest.mark.parametrize(
    "value",
    [
        {"password": "swordfish-17"},
        {"list": [{"api_token": "swordfish-17"}], "number": 3},
        Login("me", "swordfish-17"),
        {"text": f'say "{TOKEN}"\nand\tgo'},
        {TOKEN: 1},
        [TOKEN, {"deep": [[TOKEN]]}],
        f"export KEY={TOKEN}",
    ],
)
def test_secrets_go_and_the_rest_stays_json(value: object) -> None:
    noted = Noted(Redactor()).of("command")
    text = msgspec.json.encode(masked_value(value, noted)).decode()
    assert TOKEN not in text
    assert "swordfish" not in text
    assert noted.found


def test_a_secret_is_masked_wherever_it_turns_up_again() -> None:
    found = masked({"password": "swordfish-17", "note": "it is swordfish-17!"})
    assert found == {"password": "[masked:variable]", "note": "it is [masked:assignment-quoted]!"}


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(TypeError):
        masked({"a": object()})
