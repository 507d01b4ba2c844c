"""A port that is taken."""

import socket
from collections.abc import Iterator

import pytest

from replay.playbook import Parameter, ParameterType
from replay.repairs import patching
from replay.repairs.rules.another_port import AnotherPort
from tests.replay.repairs.scene import Scene, patches, step

RULE = AnotherPort()
PYTHON = (
    'python3 -c \'import socket, sys; s = socket.socket(); s.bind(("127.0.0.1", int(sys.argv[1]))); '
    'print("up at port", sys.argv[1])\' {}'
)
PERL = (
    "perl -MIO::Socket::INET -e 'IO::Socket::INET->new(LocalPort => $ARGV[0], Listen => 1) "
    'or die "port $ARGV[0]: $!"\' {}'
)


@pytest.fixture
def taken() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as held:
        yield str(held.getsockname()[1])


@pytest.mark.parametrize("server", [PYTHON, PERL])
def test_the_next_free_port_becomes_a_parameter_of_all_later_steps(scene: Scene, taken: str, server: str) -> None:
    later = step(f"echo http://127.0.0.1:{taken}/x {taken}0 > address", output=f"seen at {taken}\n")
    scene.record(":", step(f"echo {taken}"), step(server.format(taken)), later)

    proposals = scene.propose(scene.diagnosed(at=2), RULE)

    (only,) = proposals.candidates
    assert not only.preselected
    (entry,) = patches(proposals)[0]
    assert isinstance(entry["value"], dict)
    assert entry["value"]["from"] == taken
    patched = patching.apply(scene.playbook, only.candidate.patch)
    assert [each.run for each in patched.steps] == [
        f"echo {taken}",
        server.format("{{port}}"),
        f"echo http://127.0.0.1:{{{{port}}}}/x {taken}0 > address",
    ]
    assert patched.steps[2].expect.output == "seen at {{port}}\n"
    scene.parameters = dict(patched.parameters)
    assert scene.works(only.candidate.patch)


def test_a_parameter_that_holds_it_gets_another_value(scene: Scene, taken: str) -> None:
    scene.parameters = {"listen": Parameter(type=ParameterType.INT, default=taken)}
    scene.record(":", step(PYTHON.format("{{listen}}")))

    (only,) = scene.propose(scene.diagnosed(), RULE).candidates

    (entry,) = only.candidate.patch
    assert isinstance(entry.value, dict)
    assert entry.value["name"] == "listen"
    assert int(entry.value["value"]) > int(taken)


@pytest.mark.parametrize(
    ("later", "offered"),
    [
        ("./ask {{listen}} & pid=$!; curl -s localhost:{{listen}}/x > got; kill $pid", 1),
        ("LISTEN={{listen}} ./ask && rm -f ask.log", 1),
        ("rm -rf cache-{{listen}}", 0),
        ("old=cache-{{listen}}; rm -rf $old", 0),
        ("lsof -ti:{{listen}} | xargs kill", 0),
        ("cd {{listen}} && rm -rf *", 0),
    ],
)
def test_a_step_that_destroys_something_else_may_use_the_port_too(
    scene: Scene, taken: str, later: str, offered: int
) -> None:
    scene.parameters = {"listen": Parameter(type=ParameterType.INT, default=taken)}
    scene.record(":", step(PERL.format("{{listen}}")), step(later))

    assert len(scene.propose(scene.diagnosed(), RULE).candidates) == offered


def test_a_port_that_no_step_names_is_asked_for(scene: Scene, taken: str) -> None:
    scene.record(f"echo {taken} > conf", step(PYTHON.format("$(cat conf)")))

    proposals = scene.propose(scene.diagnosed(), RULE)

    assert proposals.candidates == ()
    assert (proposals.abstained or "").endswith("?")
