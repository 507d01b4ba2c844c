"""A server that doesn't answer."""

import socket
from collections.abc import Iterator

import pytest

from replay.repairs.rules.try_again import TryAgain
from tests.replay.repairs.scene import Scene, patches, step

RULE = TryAgain()


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that nobody listens at, kept from others."""
    with socket.socket() as kept:
        kept.bind(("127.0.0.1", 0))
        yield kept.getsockname()[1]


def test_what_only_fetches_tries_again_and_stops(scene: Scene, silent: int) -> None:
    scene.record(":", step(f"mkdir -p got && curl -sS -o got/page http://127.0.0.1:{silent}/x"))

    proposals = scene.propose(scene.diagnosed(), RULE)

    (entry,) = patches(proposals)[0]
    assert entry["value"] == (
        "mkdir -p got && curl --retry 5 --retry-delay 2 --retry-connrefused "
        f"-sS -o got/page http://127.0.0.1:{silent}/x"
    )
    assert not proposals.candidates[0].preselected


@pytest.mark.parametrize(
    "options", ["-X POST", "-d a=1", "-sSXPUT", "--json '{}'", "--upload-file a", "--retry 1 --retry-delay 0"]
)
def test_what_sends_is_never_sent_twice(scene: Scene, silent: int, options: str) -> None:
    scene.record("echo 1 > a", step(f"curl {options} http://127.0.0.1:{silent}/x"))

    proposals = scene.propose(scene.diagnosed(), RULE)

    assert proposals.candidates == ()
    assert "server" in (proposals.abstained or "")
