"""Values on their way through a playbook, and what one step of it is tried on."""

import pytest

from replay.document import load
from replay.flows import Flow, flows, producers
from replay.playbook import LinkStrength, Playbook
from replay.stepping.trying import recorded_values, trying

STEPS = """\
replaybook: 1
name: p
steps:
  - run: export STAGE=prod
    expect: {effects: []}
  - run: ./build
    expect:
      output: |
        build {{build}} of {{count}}
      effects: []
    capture:
      - {name: build, recorded: "71", pattern: "[0-9]+"}
      - {name: count, recorded: "9", pattern: "[0-9]+"}
  - run: cat notes.txt
    expect: {effects: []}
  - run: ./next
    expect:
      output: |
        next is 4182
      effects: []
    unconfirmed: ["4182"]
  - run: ./tag {{build}} 4182
    cwd: out
    expect: {effects: [created TAG]}
  - run: ./note {{build}} v4182x
    skip: true
  - run: ./build
    expect:
      output: |
        build {{build}}
      effects: []
    capture:
      - {name: build, recorded: "72", pattern: "[0-9]+"}
  - run: ./ship
    env: {BUILD: "{{build}}"}
    requires: [{file: "out/{{count}}"}]
    expect: {effects: []}
"""


@pytest.fixture
def playbook() -> Playbook:
    return load(STEPS, where="p")


def test_a_value_goes_from_the_nearest_step_that_prints_it_to_all_that_use_it(playbook: Playbook) -> None:
    weak = LinkStrength.WEAK
    assert flows(playbook) == (
        Flow(from_step=2, value="build", to_steps=(5, 6)),
        Flow(from_step=2, value="count", to_steps=(8,)),
        Flow(from_step=4, value="4182", to_steps=(5,), strength=weak),
        Flow(from_step=7, value="build", to_steps=(8,)),
    )


@pytest.mark.parametrize(
    ("step", "needed"),
    [
        (1, ()),
        (2, (1,)),
        # What step 2 prints is used, what step 3 looks at is not, and what step 4 prints is in question.
        (5, (1, 2)),
        # A step that is left out is not needed either.
        (7, (1, 2, 5)),
        (8, (1, 2, 5, 7)),
    ],
)
def test_a_step_is_tried_on_all_that_leave_anything_behind(
    playbook: Playbook, step: int, needed: tuple[int, ...]
) -> None:
    assert producers(playbook, step) == needed


def test_where_nobody_looked_at_the_files_a_step_may_have_changed_them() -> None:
    steps = "  - run: make\n  - run: ls\n    expect: {effects: []}\n  - run: ./x\n"
    assert producers(load(f"replaybook: 1\nname: p\nsteps:\n{steps}", where="p"), 3) == (1,)


def test_alone_a_step_takes_recorded_values(playbook: Playbook) -> None:
    assert recorded_values(playbook, trying(playbook, 5, alone=True)) == {"build": "71", "count": "9"}
    assert recorded_values(playbook, trying(playbook, 5, alone=False)) == {}
