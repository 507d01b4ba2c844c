"""When the sources outside are asked, how often, with which key, and what it took."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec
import pytest

from replay.outcome import FailureClass, Usage, added
from replay.repairs.proposal import Candidate, Evidence, PatchEntry, PatchOp, Rule, Trust, Unanswered
from replay.repairs.propose import Proposals, propose
from replay.sources.asked import Asking
from replay.sources.outside import Outside
from replay.sources.settings import Endpoint, ModelEndpoint, When
from replay.sources.transport import Limits
from tests.replay.repairs.scene import Scene, step
from tests.replay.sources.stub import answer, completion, proposal

MODEL = ModelEndpoint(url="https://models.example.org/v1", model="tiny", prompt_price=1.0, completion_price=2.0)
MENDED = "cat a.txt"


@dataclass
class Wire:
    """What stands in for the network."""

    says: str = completion(answer(proposal(MENDED)))
    sent: list[tuple[str, bytes, Mapping[str, str], Limits]] = field(default_factory=list)

    def __call__(
        self, url: str, body: bytes, *, headers: Mapping[str, str], limits: Limits, stopped: Callable[[], bool]
    ) -> bytes:
        assert not stopped()
        self.sent.append((url, body, headers, limits))
        if not self.says:
            raise Unanswered("the connection broke")
        return self.says.encode()


@dataclass
class Person:
    """Who is asked."""

    says: bool = True
    asked: list[Asking] = field(default_factory=list)
    allowed: list[Endpoint] = field(default_factory=list)

    def __call__(self, asking: Asking) -> bool:
        self.asked.append(asking)
        return self.says


class Surely:
    """A rule whose proposal stands out."""

    name = "surely"

    def matches(self, evidence: Evidence) -> bool:
        del evidence
        return True

    def propose(self, evidence: Evidence, files: object) -> tuple[Candidate, ...]:
        del evidence, files
        patch = (PatchEntry(op=PatchOp.REPLACE, step_index=1, value="cat b"),)
        return (Candidate(source="rule:surely", patch=patch, rationale="Sure.", confidence=0.9, trust=Trust.TOOL_HINT),)


def outside(wire: Wire, person: Person, *endpoints: Endpoint, environment: Mapping[str, str] | None = None) -> Outside:
    return Outside(
        endpoints=endpoints or (MODEL,),
        mask=str,
        environment=environment or {},
        is_allowed=lambda endpoint: endpoint in person.allowed,
        allow=person.allowed.append,
        ask=person,
        post=wire,
    )


def found(scene: Scene, sources: Outside, *rules: Rule) -> Proposals:
    if not scene.steps:
        scene.record("echo 1 > a", step("cat a")).drift("mv a a.txt; echo 2 > b")
    evidence = scene.blocked(FailureClass.MISSING_FILE, "a")
    return propose(evidence, scene.files(), rules=(*rules, *sources.rules()))


def test_one_is_asked_where_no_rule_stands_out_or_always(scene: Scene) -> None:
    wire, person = Wire(), Person()
    assert [one.candidate.source for one in found(scene, outside(wire, person), Surely()).candidates] == ["rule:surely"]
    assert wire.sent == []
    always = outside(wire, person, msgspec.structs.replace(MODEL, when=When.ALWAYS))
    both = found(scene, always, Surely()).candidates
    assert [(one.candidate.source, one.preselected) for one in both] == [("rule:surely", True), ("llm", False)]
    assert b"rule:surely" in wire.sent[0][1]


def test_a_person_is_asked_once_and_sees_all_that_is_sent(scene: Scene) -> None:
    wire, person = Wire(), Person()
    sources = outside(wire, person)
    for _ in range(2):
        assert found(scene, sources).candidates
    (asking,) = person.asked
    assert asking.url == "https://models.example.org/v1/chat/completions"
    sent = msgspec.json.decode(wire.sent[0][1])
    for text in ("cat a", '"temperature": 0', sent["messages"][0]["content"], '"json_schema"'):
        assert text in asking.body
    assert person.allowed == [MODEL]


def test_a_no_sends_nothing_and_says_what_would_help(scene: Scene) -> None:
    wire, person = Wire(), Person(says=False)
    (note,) = found(scene, outside(wire, person)).notes
    assert "replaybook sources allow model" in note
    assert (wire.sent, person.allowed) == ([], [])


def test_it_is_asked_so_often_and_no_more(scene: Scene) -> None:
    wire, person = Wire(), Person()
    sources = outside(wire, person, msgspec.structs.replace(MODEL, calls=2))
    notes = [found(scene, sources).notes for _ in range(3)]
    assert len(wire.sent) == 2
    assert "asked 2 times in this replay" in notes[2][0]


@pytest.mark.parametrize(
    ("environment", "header"),
    [({}, None), ({"REPLAYBOOK_MODEL_KEY": "sk-1"}, "Bearer sk-1"), ({"OTHER": "sk-2"}, None)],
)
def test_a_key_comes_from_its_variable(scene: Scene, environment: dict[str, str], header: str | None) -> None:
    wire = Wire()
    found(scene, outside(wire, Person(), environment=environment))
    assert wire.sent[0][2].get("authorization") == header


@pytest.mark.parametrize("environment", [{}, {"OTHER": "sk-3\r\nx: y"}, {"OTHER": "sk-3 4"}, {"OTHER": "sk-\u202e3"}])
def test_a_key_that_is_missing_or_none_sends_nothing_and_is_told_nowhere(
    scene: Scene, environment: dict[str, str]
) -> None:
    wire = Wire()
    named = msgspec.structs.replace(MODEL, key="OTHER")
    (note,) = found(scene, outside(wire, Person(), named, environment=environment)).notes
    assert "OTHER" in note
    assert "sk-" not in note
    assert wire.sent == []


def test_what_it_took_is_counted_also_where_nothing_came_of_it(scene: Scene) -> None:
    wire = Wire()
    sources = outside(wire, Person())
    found(scene, sources)
    assert sources.usage == Usage(llm_calls=1, prompt_tokens=700, completion_tokens=40, cost=0.00078)
    wire.says = completion("no json")
    found(scene, sources)
    assert sources.usage == Usage(llm_calls=2, prompt_tokens=1400, completion_tokens=80, cost=0.00156)
    wire.says = ""
    found(scene, sources)
    assert sources.usage == Usage(llm_calls=3, prompt_tokens=1400, completion_tokens=80, cost=None, untold=1)
    broken = Usage(llm_calls=1, cost=None)
    assert added(Usage(llm_calls=1, cost=1.0), broken).cost is None
    assert added(Usage(llm_calls=1, cost=1.0), Usage(llm_calls=1, cost=2.0)).cost == 3.0
    assert added(Usage(), Usage()).cost is msgspec.UNSET


@pytest.mark.parametrize(
    ("says", "words"),
    [
        ('{"error": "x"}', "no chat completion"),
        ('{"choices": []}', "its answer is empty"),
        (completion(None), "would not answer"),
        (completion("{", finish_reason="length"), "raise max_tokens"),
        (completion("Sure! Run `curl https://example.org/x | sh`."), "not as the schema says"),
        ("[" * 100_000, "no chat completion"),
        ('{"choices": ' + "[" * 100_000, "no chat completion"),
    ],
    ids=range(7),
)
def test_what_a_server_says_that_is_no_answer(scene: Scene, says: str, words: str) -> None:
    (note,) = found(scene, outside(Wire(says), Person())).notes
    assert words in note


def test_an_answer_in_a_fence_is_read(scene: Scene) -> None:
    fenced = completion(f"```json\n{answer(proposal(MENDED))}\n```")
    assert found(scene, outside(Wire(fenced), Person())).candidates
