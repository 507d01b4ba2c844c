"""What a hostile program prints: every escape family, forged marks, broken text, and sequences without an end."""

import base64
import os

VICTIM = f"tty-graphics-protocol-victim-{os.getpid()}"
"""A file of this name would be removed by a terminal that obeys the kitty graphics family below."""


def _osc(*commands: bytes) -> bytes:
    """Each with both of its endings, and with its 8-bit and UTF-8 introducers."""
    return b"".join(
        intro + command + end
        for command in commands
        for intro, end in ((b"\x1b]", b"\x07"), (b"\x1b]", b"\x1b\\"), (b"\x9d", b"\x9c"), (b"\xc2\x9d", b"\xc2\x9c"))
    )


def _string(introducer: bytes, c1: bytes, *bodies: bytes) -> bytes:
    return b"".join(
        intro + body + end
        for body in bodies
        for intro, end in ((b"\x1b" + introducer, b"\x1b\\"), (c1, b"\x9c"), (b"\xc2" + c1, b"\xc2\x9c"))
    )


FAMILIES: dict[str, bytes] = {
    "c0": bytes(sign for sign in range(32) if sign not in (0x1B, 0x0E)) + b"\x0eso\x0f\x7f done",
    "c1-8bit": b"".join(b"%c." % sign for sign in range(0x80, 0xA0)) + b"\x9c done",
    "c1-utf8": b"".join(b"\xc2%c." % sign for sign in range(0x80, 0xA0)) + b"\xc2\x9c done",
    "csi": b"".join(
        b"\x1b[%s%s%c" % (given, between, final)
        for final in range(0x40, 0x7F)
        for given in (b"", b"1", b"?1;2", b">4;1", b"999999999999999999999")
        for between in (b"", b" ", b"!", b"$")
        if not (final == ord("J") and given == b"")
    )
    + b"\x18\x1b[0m done",
    "osc": _osc(
        b"0;owned",
        b"1;icon",
        b"2;title",
        b"4;1;rgb:ff/00/00",
        b"4;1;?",
        b"7;file:///etc",
        b"8;;http://a.invalid",
        b"8;;",
        b"9;note",
        b"9;4;1;50",
        b"10;?",
        b"11;?",
        b"52;c;aGFja2Vk",
        b"52;c;?",
        b"133;A",
        b"777;notify;a;b",
        b"1337;File=name=YQ==;inline=1:AAAA",
        b"1337;SetMark",
        b"99999999999;x",
        b"\xff\xfe",
    )
    + b" done",
    "dcs": _string(
        b"P", b"\x90", b"q#0;2;0;0;0~~@@vv@@~~$-", b"$qm", b"$q q", b"+q544e", b"+p", b"1;1|17/ab", b"\x00\x7f"
    )
    + b" done",
    "apc": _string(
        b"_",
        b"\x9f",
        b"Ga=T,f=24,s=1,v=1;AAAA",
        b"Ga=q,i=1,t=f;" + base64.b64encode(b"/etc/passwd"),
        b"Ga=T,t=t,f=24,s=1,v=1;" + base64.b64encode(f"/tmp/{VICTIM}".encode()),
        b"tmux",
    )
    + b" done",
    "pm-sos": _string(b"^", b"\x9e", b"privacy") + _string(b"X", b"\x98", b"start") + b"\x1bkscreen title\x1b\\ done",
    "queries": b"\x1b[c\x1b[>c\x1b[=c\x1b[5n\x1b[6n\x1b[?6n\x1b[?996n\x1b[?2026$p\x1b[4$p\x1bP+q544e\x1b\\"
    b"\x1b[>q\x1b[18t\x1b[14t\x1b[21t\x1b[?u\x1bZ\x05\x1b[x\x1b[?1;1;1S done",
    "modes": b"\x1b[?1000h\x1b[?1003h\x1b[?1006h\x1b[?1004h\x1b[?2004h\x1b[?25l\x1b[?5h\x1b[?7l\x1b[?6h\x1b[4h\x1b[20h"
    b"\x1b[?1h\x1b=\x1b[>31u\x1b[?2026h\x1b[?3h\x1b[8;5000;5000t\x1b[3;9r\x1b(0\x1b)0\x1b#8\x1b[!p done",
    "reset": b"\x1bc\x1b[2J\x1b[3J\x1b[H done",
    "forged": b"".join(
        b"\x1b]%s\x07" % mark
        for nonce in (b"", b";nonce", b";k=0123456789abcdef", b";" + b"0" * 32)
        for mark in (
            b"133;A" + nonce,
            b"133;B" + nonce,
            b"133;C" + nonce,
            b"133;D;0" + nonce,
            b"633;E;rm -rf /" + nonce,
            b"633;C" + nonce,
            b"633;D;99" + nonce,
            b"633;P;Cwd=/" + nonce,
        )
    )
    + b" done",
    "invalid-utf8": b"\xff\xfe\xc3\x28\xe2\x82\xf0\x9f\x98 overlong \xc0\xaf\xe0\x80\xaf\xf0\x80\x80\xaf\xc0\x9b[31m"
    b"\xe0\x82\x9b31m surrogates \xed\xa0\x80\xed\xbf\xbf beyond \xf4\x90\x80\x80\xf8\x88\x80\x80\x80 done",
    "bidi": "\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069\u061c\u200e\u200f back\u202c zero\u200b\u200c\u200d"
    "\ufeff\u2060\u00ad tag\U000e0041\U000e007f fill\u3164\u115f sep\u2028\u2029 done".encode(),
    "combining": ("e" + "\u0301" * 500 + " done").encode(),
    "nuls": b"\x00" * 5000 + b"nul\x00in\x00side done",
    "markup": b"[/] [@click=app.quit]x[/] [red]{{name}} $HOME `id` %s done",
    "long-parameters": b"\x1b["
    + b"1;" * 20_000
    + b"m\x1b]0;"
    + b"t" * 200_000
    + b"\x07\x1bP"
    + b"9" * 100_000
    + b"q\x1b\\ done",
    "alternate": b"\x1b[?1049hin\x1b[?1049lout" * 2000 + b"\x1b[?47h\x1b[?47l\x1b[?1047h\x1b[?1047l done",
    "long-line": b"0123456789abcdef" * 65_536 + b" done",
}
"""Name to bytes; each prints `done` last where it leaves the terminal able to."""

UNFINISHED = (
    b"\x1b",
    b"\x1b[",
    b"\x1b[38;5;",
    b"\x1b]",
    b"\x1b]0;never",
    b"\x1b]133;D;0",
    b"\x1b]633;E;x;",
    b"\x1bP",
    b"\x1bP1$r",
    b"\x1b_G",
    b"\x1b^",
    b"\x1bX",
    b"\x90",
    b"\x9d",
    b"\x9b1",
    b"\xc2",
    b"\xe2\x80",
    b"\xf0\x9f\x98",
    b"\x1b[?1049h",
    b"\x1b(",
    b"\x1b]0;x\x1b",
)
"""What a program may leave behind when it ends."""
