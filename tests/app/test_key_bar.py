from app.widgets.key_bar import Key, fitting

KEYS = tuple(Key(key, key, "words", works=True, tooltip="") for key in "abcdef")


def test_what_does_not_fit_is_left_out_before_the_way_out() -> None:
    assert [key.key for key in fitting(KEYS, 47)] == list("abcdef")
    assert [key.key for key in fitting(KEYS, 46)] == list("abcef")
    assert [key.key for key in fitting(KEYS, 20)] == list("ef")
    assert fitting((), 20) == ()
