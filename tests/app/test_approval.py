from app.approval import DEAD_SECONDS, HELD_SECONDS, ApprovalGuard, Refusal


def test_nothing_is_approved_while_nothing_is_open() -> None:
    assert ApprovalGuard().refuses(5.0) is Refusal.NOTHING


def test_a_key_counts_only_after_the_dead_time_and_after_all_was_seen() -> None:
    guard = ApprovalGuard()
    guard.appeared("r-1", 10.0)
    assert guard.refuses(11.0) is Refusal.UNSEEN
    guard.seen(10.1)
    assert guard.refuses(10.0 + DEAD_SECONDS - 0.01) is Refusal.TOO_EARLY
    assert guard.refuses(10.0 + DEAD_SECONDS) is None


def test_a_key_pressed_before_the_last_line_was_seen_does_not_count() -> None:
    guard = ApprovalGuard()
    guard.appeared("r-1", 10.0)
    guard.seen(12.0)
    assert guard.refuses(11.9) is Refusal.TOO_EARLY
    assert guard.refuses(12.0) is None


def test_another_item_starts_all_over() -> None:
    guard = ApprovalGuard()
    guard.appeared("r-1", 10.0)
    guard.seen(10.0)
    guard.appeared("r-2", 11.0)
    assert guard.refuses(12.0) is Refusal.UNSEEN
    guard.gone()
    assert guard.refuses(12.0) is Refusal.NOTHING


def test_a_key_that_is_held_down_decides_on_nothing_that_appears_meanwhile() -> None:
    guard = ApprovalGuard()
    guard.pressed("n", 9.8)
    guard.appeared("r-1", 10.0)
    guard.seen(10.0)
    for at in (10.4, 10.43, 10.46):
        guard.pressed("n", at)
        assert guard.refuses(at) is Refusal.HELD
    guard.pressed("n", 10.47 + HELD_SECONDS)
    assert guard.refuses(10.47 + HELD_SECONDS) is None


def test_another_key_than_the_one_that_was_down_counts() -> None:
    guard = ApprovalGuard()
    guard.pressed("n", 9.8)
    guard.appeared("r-1", 10.0)
    guard.seen(10.0)
    guard.pressed("y", 10.4)
    assert guard.refuses(10.4) is None
