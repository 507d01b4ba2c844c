"""Playbooks that hypothesis makes up: every field, and texts that a YAML reader could take for something else."""

from hypothesis import strategies as st

from capture.trace import EffectOp, StepKind
from replay import calls
from replay.playbook import (
    Answer,
    Expectation,
    ExpectedEffect,
    Parameter,
    ParameterType,
    Playbook,
    PlaybookStep,
    Requirement,
    SafetyLevel,
    Source,
)

TRICKY = ["", " ", "\n", "\n\n", " x\n", "x\n ", "a \n b\t\n", "\tx", "no", "012", "1e5", "null", "~", "- a", "a: b",
          "a #b", "# a", "'", '"', "{a}", "[a]", "a\\", "x\r\ny", "x\x85y\n", "\u2028\n", "\ufeff\n", "é\n😀", "=",
          "\x1b[0m\n", "%x\n---\n...\n", "a\n\n\nb", "@a", "yes\n", "<<", "a:", "|", ">\n", "!x", "&a",
          "*a", "\x00"]  # fmt: skip
TEXT = st.one_of(
    st.sampled_from(TRICKY),
    st.text(alphabet=st.characters(exclude_characters="{", exclude_categories=["Cs"]), max_size=30),
)
WORD = st.text(alphabet=st.characters(exclude_characters="{", exclude_categories=["Cs"]), min_size=1, max_size=12)
NAME = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True)
OPTIONAL = st.none() | TEXT
EFFECTS = st.builds(
    ExpectedEffect,
    op=st.sampled_from(EffectOp),
    path=st.one_of(WORD, st.just("a/"), st.just(" a")),
    directory=st.booleans(),
    content=st.none() | st.just("sha256:ab"),
    moved_from=st.none() | WORD,
    optional=st.booleans(),
)
# A tree of any shape would take most of the time; `tests/replay/test_calls.py` makes up those.
INPUTS: st.SearchStrategy[object] = st.sampled_from(
    [{}, None, [], "", 1.5, {"a": {"b": [1, [True, {"c": ""}], {}]}, "": None}]
) | st.builds(lambda text, key: {"k": text, key: [text, {"m": text}]}, TEXT, st.sampled_from(TRICKY))
CALLS = st.builds(PlaybookStep, kind=st.just(StepKind.TOOL), run=st.builds(calls.written, NAME, INPUTS))
RUNS = st.builds(
    PlaybookStep,
    kind=st.sampled_from([kind for kind in StepKind if kind is not StepKind.TOOL]),
    run=TEXT,
    cwd=OPTIONAL,
    env=st.dictionaries(WORD, TEXT, max_size=2),
    requires=st.lists(
        st.one_of(
            st.builds(Requirement, command=TEXT),
            st.builds(Requirement, file=TEXT, sha256=st.none() | st.just("00ff")),
            st.builds(Requirement, directory=TEXT),
            st.builds(Requirement, env=TEXT),
            st.builds(Requirement, port=st.sampled_from(["8000", "127.0.0.1:8000"])),
            st.builds(Requirement, disk=st.just("500 MB")),
            st.builds(Requirement, git=WORD, ref=OPTIONAL, clean=st.booleans()),
        ),
        max_size=2,
    ).map(tuple),
    expect=st.builds(
        Expectation,
        exit=st.integers(0, 255),
        output=OPTIONAL,
        effects=st.none() | st.lists(EFFECTS, max_size=3).map(tuple),
    ),
    answers=st.lists(
        st.one_of(
            st.builds(Answer, prompt=TEXT, send=TEXT), st.builds(Answer, prompt=TEXT, secret=st.just(value=True))
        ),
        max_size=2,
    ).map(tuple),
    unconfirmed=st.lists(TEXT, max_size=2).map(tuple),
    timeout=st.none() | st.sampled_from(["60s", "1.5m"]),
    safety=st.sampled_from(SafetyLevel),
    note=OPTIONAL,
    source_step=st.none() | st.integers(1, 99),
    skip=st.booleans(),
    safety_reason=OPTIONAL,
)
STEPS = RUNS | CALLS
PLAYBOOKS = st.builds(
    Playbook,
    name=TEXT,
    version=st.integers(1, 99),
    goal=OPTIONAL,
    shell=TEXT,
    parameters=st.dictionaries(
        NAME,
        st.builds(
            Parameter,
            type=st.sampled_from(ParameterType),
            default=OPTIONAL,
            source=st.sampled_from(Source),
            recorded=OPTIONAL,
            choices=st.lists(WORD, max_size=2).map(tuple),
        ),
        max_size=2,
    ),
    steps=st.lists(STEPS, max_size=2).map(tuple),
    source_runs=st.lists(TEXT, max_size=2).map(tuple),
)
