"""HTML in which every text is escaped unless this module made it, and a page that may load nothing."""

import html
import json
from base64 import b64encode
from hashlib import sha256

from capture.printable import printable


class Markup(str):
    """HTML that `element` made: it is not escaped again."""

    __slots__ = ()


def escaped(text: str) -> Markup:
    """Recorded text as HTML: printable, and no markup."""
    return text if isinstance(text, Markup) else Markup(html.escape(printable(text)))


def element(tag: str, *children: str, **attributes: str | bool | None) -> Markup:
    """One element.

    Args:
        tag: Its name.
        children: Texts, which are escaped, and elements.
        attributes: `cls` is `class`, `data_step` is `data-step`; True stands alone, None and False are left out.
    """
    written = "".join(_attribute(name, value) for name, value in attributes.items())
    return Markup(f"<{tag}{written}>{''.join(map(escaped, children))}</{tag}>")


def void(tag: str, **attributes: str | bool | None) -> Markup:
    """One element that has no content."""
    return Markup(f"<{tag}{''.join(_attribute(name, value) for name, value in attributes.items())}>")


def joined(*parts: str, between: str = "") -> Markup:
    """Texts and elements behind each other."""
    return Markup(escaped(between).join(map(escaped, parts)))


def data_block(name: str, value: object) -> Markup:
    """A value that a script reads; nothing in it can end the block."""
    return Markup(f'<script type="application/json" id="{escaped(name)}">{block_text(value)}</script>')


def block_text(value: object) -> str:
    """JSON in which HTML sees nothing."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def document(*, title: str, body: Markup, style: str, script: str) -> str:
    """A whole page that no browser loads anything for, and that runs no script but this one.

    Args:
        title: Of the browser's tab.
        body: Between `<body>` and its end.
        style: CSS; there is no other.
        script: JavaScript, run when the body is there.
    """
    allowed = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{allowed}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escaped(title)}</title>\n<style>{style}</style>\n</head>\n"
        f"<body>\n{body}\n<script>{script}</script>\n</body>\n</html>\n"
    )


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _attribute(name: str, value: str | bool | None) -> str:  # noqa: FBT001 - the value itself
    if value is None or value is False:
        return ""
    written = name.removesuffix("_").replace("cls", "class").replace("_", "-")
    return f" {written}" if value is True else f' {written}="{html.escape(printable(value))}"'
