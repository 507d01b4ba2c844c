from capture.importers.foreign import LeftOut
from capture.importers.waiting import MOST_HELD, MOST_WAITING, Pending, Said, Waiting
from capture.provenance import Speaker


def test_a_call_that_never_ends_holds_back_only_so_much() -> None:
    written: list[Pending | Said] = []
    left_out = LeftOut()
    waiting: Waiting[Pending] = Waiting(written.append, left_out)
    server = Pending(where="line 1", at=None)
    waiting.add(server)
    for number in range(MOST_WAITING + 5):
        waiting.add(Said(Speaker.USER, "x", None, f"line {number + 2}"))
    assert written[0] is server
    assert len(written) == MOST_WAITING + 6
    assert left_out.sentences() == (
        "calls whose end comes very late, or never, have what came before (1, the first: line 1)",
    )
    assert waiting.finish()


def test_so_does_one_that_prints_on_and_on() -> None:
    written: list[Pending | Said] = []
    waiting: Waiting[Pending] = Waiting(written.append, LeftOut())
    waiting.add(Pending(where="line 1", at=None))
    waiting.grew(MOST_HELD + 1)
    waiting.flush()
    assert len(written) == 1


def test_order_is_that_of_the_beginnings() -> None:
    written: list[Pending | Said] = []
    waiting: Waiting[Pending] = Waiting(written.append, LeftOut())
    one, other, last = (Pending(where=name, at=None) for name in "abc")
    waiting.add(one)
    waiting.add(other)
    other.ended = True
    waiting.flush()
    assert not written
    one.ended = True
    waiting.add(last)
    assert written == [one, other]
    assert (one.apart, other.apart, last.apart) == (True, True, False)
    assert not waiting.finish()
