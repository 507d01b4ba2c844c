"""How many there are and how large they are, in words (pure)."""

_KIBI = 1024


def counted(number: int, one: str) -> str:
    """`0 steps`, `1 step`, `2 steps`."""
    return f"{number} {one}{'' if number == 1 else 's'}"


def size_words(size: int) -> str:
    """Bytes as people say them."""
    amount = float(size)
    for unit in ("bytes", "KiB", "MiB"):
        if amount < _KIBI:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= _KIBI
    return f"{amount:.1f} GiB"
