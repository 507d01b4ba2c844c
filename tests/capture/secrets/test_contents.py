"""A file with a secret in it is not kept, whatever the secret is wrapped in."""

import bz2
import gzip
import io
import lzma
import zipfile

import pytest

from capture.secrets.redaction import Redactor

SECRET = b"x\ntoken " + b"ghp_" + b"a1B2" * 9 + b"\n"
PLAIN = b"nothing to see here\n" * 50


def _zipped(content: bytes, name: str = "a") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    "wrap",
    [
        bytes,
        gzip.compress,
        bz2.compress,
        lzma.compress,
        _zipped,
        lambda content: gzip.compress(_zipped(content)),
        lambda content: content.decode().encode("utf-16"),
        lambda content: content.decode().encode("utf-16-le"),
    ],
)
def test_what_is_wrapped_is_looked_at(wrap) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001 -- any of these
    assert Redactor().holds_secret(wrap(SECRET))
    assert not Redactor().holds_secret(wrap(PLAIN))


def test_what_nobody_can_look_into_is_not_kept() -> None:
    assert Redactor().holds_secret(b"7z\xbc\xaf\x27\x1c" + bytes(40))
    assert Redactor().holds_secret(gzip.compress(PLAIN)[:-30])
    assert Redactor().holds_secret(gzip.compress(bytes(20 << 20)))


def test_nor_is_an_archive_whose_list_is_damaged() -> None:
    """A name that is no UTF-8, and a list that would begin before the file does."""
    named, listed = _zipped(PLAIN, "é"), _zipped(PLAIN)
    size_at = listed.rfind(b"PK\x05\x06") + 12
    assert Redactor().holds_secret(named.replace("é".encode(), b"\xff\xff"))
    assert Redactor().holds_secret(listed[:size_at] + b"\xff\xff\x00\x00" + listed[size_at + 4 :])
