"""Words, index, ranking, and the decision that one playbook clearly fits."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest
from model2vec import StaticModel
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from capture.errors import BadInputError
from replay.finding import vectors, words
from replay.finding.deciding import Fit, Why, choose, fit
from replay.finding.index import FILE, Index
from replay.finding.proposing import proposed, uncovered
from replay.finding.ranking import ranked
from replay.finding.values import Match, Standing, Text
from replay.playbook import Parameter, ParameterType, Playbook, PlaybookStep, VersionStatus


def standing(name: str = "one", goal: str = "", **more: object) -> Standing:
    return Standing(**{"name": name, "version": 1, "digest": "d", "status": VersionStatus.ACTIVE, "goal": goal, **more})  # type: ignore[arg-type]


def text(one: Standing) -> Text:
    return Text(steps=f"make {one.name}", parameters="tag v1")


@pytest.mark.parametrize("forms", ["release releases released releasing", "stop stopped stopping stops", "copy copy"])
def test_forms_of_a_word_are_one(forms: str) -> None:
    assert len(set(map(words.stem, forms.split()))) == 1


def test_words_of_other_alphabets_and_numbers_stay_as_they_are() -> None:
    assert words.stems("Prüfe die Straße v2s") == ("prüfe", "die", "straße", "v2s")


def test_an_index_finds_by_name_goal_steps_and_parameters(tmp_path: Path) -> None:
    index = Index(tmp_path / FILE)
    there = [standing("release-site", "bundle the site"), standing("backup", "save the database")]
    assert index.update("1", there, text) == 2
    for task in ("releasing", "bundled", "making release"):
        assert index.find(words.wanted(task), most=5)[0].standing.name == "release-site", task
    assert {one.standing.name for one in index.find(words.wanted("v1"), most=5)} == {"release-site", "backup"}
    assert index.find(words.wanted("nothing of that"), most=5) == ()
    assert index.find((), most=5) == ()
    index.close()


def test_only_what_has_changed_is_read_again(tmp_path: Path) -> None:
    read: list[str] = []

    def reading(one: Standing) -> Text:
        read.append(one.ref)
        return text(one)

    index = Index(tmp_path / FILE)
    index.update("1", [standing("a"), standing("b"), standing("c")], reading)
    read.clear()
    index.update("2", [standing("a", digest="other"), standing("b", tried=3)], reading)
    assert read == ["a@1"]
    assert index.is_of("2")
    assert not index.is_of("1")
    found = {one.standing.name: one.standing for one in index.find(words.wanted("make"), most=5)}
    assert found == {"a": standing("a", digest="other"), "b": standing("b", tried=3)}
    index.close()


def test_what_is_active_comes_first_however_well_another_fits(tmp_path: Path) -> None:
    index = Index(tmp_path / FILE)
    drafts = [standing(f"release-{n}", "release release", status=VersionStatus.DRAFT) for n in range(30)]
    index.update("1", [*drafts, standing("other", "now and then a release of everything")], text)
    assert index.find(words.wanted("release"), most=5)[0].standing.name == "other"
    index.close()


def test_a_damaged_index_is_built_again(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database at all " * 1000)
    index = Index(tmp_path / FILE)
    assert not index.is_of("1")
    index.update("1", [standing("a")], text)
    assert index.find(words.wanted("make"), most=1)
    index.close()
    other = sqlite3.connect(tmp_path / FILE)
    other.execute("PRAGMA user_version = 99")
    other.close()
    index = Index(tmp_path / FILE)
    assert not index.is_of("1")
    index.close()


def test_an_index_is_private_and_one_that_cannot_be_written_is_held_in_memory(tmp_path: Path) -> None:
    index = Index(tmp_path / FILE)
    index.update("1", [standing("a")], text)
    index.close()
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    index = Index(tmp_path / "nowhere" / FILE)
    index.update("1", [standing("a")], text)
    assert index.find(words.wanted("make"), most=1)
    index.close()


def test_past_success_ranks_what_fits_alike() -> None:
    good, new, bad = standing("good", tried=9, succeeded=9), standing("new"), standing("bad", tried=9)
    found = ranked([Match(standing=one, relevance=1.0) for one in (bad, new, good)])
    assert [one.standing.name for one in found] == ["good", "new", "bad"]
    disabled = standing("off", status=VersionStatus.DISABLED)
    draft = standing("draft", status=VersionStatus.DRAFT)
    tiers = ranked([Match(standing=disabled, relevance=9.0), Match(standing=draft, relevance=5.0), found[-1]])
    assert [one.standing.name for one in tiers] == ["bad", "draft", "off"]


def test_a_source_of_vectors_moves_what_its_words_leave_open() -> None:
    found = [Match(standing=standing(name), relevance=1.0) for name in ("a", "b")]
    assert ranked(found, near={"b": 0.9})[0].standing.name == "b"


def test_vectors_are_asked_only_when_they_are_named_and_held_to_their_shape() -> None:
    assert vectors.named({}) is None
    with pytest.raises(BadInputError, match="no package brings"):
        vectors.named({vectors.VARIABLE: "nobody"})
    found = [Match(standing=standing("a", "ship it"), relevance=1.0), Match(standing=standing("b"), relevance=1.0)]

    def giving(*lists: list[float]) -> vectors.Vectors:
        return lambda _: lists

    assert vectors.near("go", found, giving([1, 0], [1, 0], [0, 1])) == {"a": 1.0, "b": 0.0}
    for wrong in (giving([1], [1]), giving([1], [1, 2], [1])):
        with pytest.raises(BadInputError, match="one a text"):
            vectors.near("go", found, wrong)


def test_a_model_on_the_disk_finds_what_means_the_same(tmp_path: Path) -> None:
    rows = {"[UNK]": [0, 0], "ship": [1, 0], "release": [1, 0.1], "clean": [0, 1]}
    tokenizer = Tokenizer(WordLevel({word: at for at, word in enumerate(rows)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    model = str(tmp_path / "model")
    with pytest.raises(BadInputError, match="holds no model"):
        vectors.named({vectors.VARIABLE: model})
    StaticModel(np.array(list(rows.values()), dtype=np.float32), tokenizer).save_pretrained(model)
    source = vectors.named({vectors.VARIABLE: model})
    found = [Match(standing=standing(name, goal), relevance=1.0) for name, goal in (("a", "release"), ("b", "clean"))]
    near = vectors.near("ship", found, source) if source else {}
    assert near["a"] > near["b"] + 0.5
    (tmp_path / "model" / "model.safetensors").write_bytes(b"?")
    with pytest.raises(BadInputError, match="can't be read"):
        vectors.named({vectors.VARIABLE: model})


GOAL = "bundle the site and release it"


@pytest.mark.parametrize(
    ("task", "clear"),
    [
        ("bundle the site and release it", True),
        ("please release and bundle our sites", True),
        ("release-site", True),
        ("release the site", True),
        ("release the site to production", False),
        ("don't release the site", False),
        ("undo the release of the site", False),
        ("site", False),
        ("the", False),
    ],
)
def test_a_task_is_clear_only_when_the_playbook_says_all_of_it(task: str, clear: bool) -> None:  # noqa: FBT001
    assert fit(task, task, standing("release-site", GOAL)).clear is clear


@pytest.mark.parametrize(
    ("task", "goal"),
    [
        ("bring up the web service", "bring down the web service"),
        ("copy data from production to staging", "copy data from staging to production"),
        ("start the app", "start the app and wipe its data"),
    ],
)
def test_what_is_nearly_the_same_is_not_clear(task: str, goal: str) -> None:
    assert not fit(task, task, standing("x1", goal)).clear


def _fits(task: str, *there: Standing) -> list[Fit]:
    return [fit(task, task, one) for one in there]


def test_one_is_chosen_or_told_why_not() -> None:
    site, docs = standing("site", "release the site"), standing("docs", "release the site docs")
    chosen = choose(_fits("release the site", docs, site))
    assert isinstance(chosen, Fit)
    assert chosen.standing is site
    twice = choose(_fits("release the site", site, standing("other", "release the site")))
    assert not isinstance(twice, Fit)
    assert twice[0] is Why.AMBIGUOUS
    draft = choose(_fits("release the site", standing("site", "release the site", status=VersionStatus.DRAFT)))
    assert not isinstance(draft, Fit)
    assert draft[0] is Why.INACTIVE
    for fits in ([], _fits("paint the house", site)):
        none = choose(fits)
        assert not isinstance(none, Fit)
        assert none[0] is Why.NO_MATCH


def _with(**parameters: Parameter) -> Playbook:
    return Playbook(name="x", parameters=parameters, steps=(PlaybookStep(run="true"),))


def test_values_are_read_from_a_goal_only_where_nothing_else_can_be_meant() -> None:
    tag = Parameter(recorded="v1")
    for goal in ("release tag v2.1", "release tag=v2.1", "release --tag v2.1.", "release tag 'v2.1'"):
        assert proposed(goal, _with(tag=tag), ()) == {"tag": "v2.1"}, goal
    for goal in ("tag the release", "release v2.1", "release tag v1.0 and tag v2.0", "tag"):
        assert proposed(goal, _with(tag=tag), ()) == {}, goal
    assert proposed("release tag v2.1", _with(tag=tag), ("tag",)) == {}
    assert proposed("port 80a", _with(port=Parameter(type=ParameterType.INT)), ()) == {}
    assert proposed("key k-123", _with(key=Parameter(type=ParameterType.SECRET)), ()) == {}
    choice = Parameter(type=ParameterType.CHOICE, choices=("staging", "production"))
    assert proposed("deploy to staging", _with(where=choice), ()) == {"where": "staging"}
    assert proposed("move staging to production", _with(where=choice), ()) == {}


def test_values_that_a_replay_would_use_are_no_words_of_a_goal() -> None:
    left = uncovered("release tag v2.1 of /w/site", frozenset({"tag"}), {"tag": "v2.1", "project": "/w/site"})
    assert left == "release of"
    assert uncovered("release v3", frozenset(), {"tag": "v2.1"}) == "release v3"
