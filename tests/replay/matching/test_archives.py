"""Tests of what an archive holds, as it is compared."""

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable

import pytest

from replay.matching.archives import listing

TEXT = b"".join(b"line %d\n" % number for number in range(200))


def _zipped(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", content)
    return file.getvalue()


@pytest.mark.parametrize("wrap", [gzip.compress, bz2.compress, lzma.compress, _zipped])
def test_a_damaged_one_tells_nothing(wrap: Callable[[bytes], bytes]) -> None:
    whole = wrap(TEXT)
    middle = len(whole) // 3
    assert "line 7\n" in (listing(whole) or "")
    assert listing(whole[:middle] + bytes(20) + whole[middle + 20 :]) is None
    assert listing(whole[: middle * 2]) is None
