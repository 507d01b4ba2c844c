from datetime import UTC, datetime, timedelta, timezone

from replay.library.ids import Ids, stamp
from tests.replay.library.samples import NOON, Clock


def test_an_id_is_its_time_and_chance() -> None:
    ids = Ids(Clock(NOON, timedelta(milliseconds=5)), randomness=lambda _: 33)
    assert ids.new() == "20261122-120000005-000011"


def test_ids_rise_within_a_millisecond_and_when_the_clock_goes_back() -> None:
    clock = Clock(step=timedelta(0))
    ids = Ids(clock)
    made = [ids.new() for _ in range(50)]
    clock.now -= timedelta(hours=1)
    made += [ids.new() for _ in range(50)]
    clock.now += timedelta(hours=2)
    made.append(ids.new())
    assert made == sorted(set(made))


def test_two_sources_at_one_time_differ() -> None:
    assert Ids(lambda: NOON).new() != Ids(lambda: NOON).new()


def test_a_stamp_is_utc_and_can_be_read_back() -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=9)))
    assert stamp(elsewhere) == "2026-11-22T12:00:00Z"
    assert datetime.fromisoformat(stamp(elsewhere)) == NOON
    assert datetime.fromisoformat(stamp(NOON)).tzinfo == UTC
