import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.matching import masks
from replay.matching.masks import HINT_GIT, HINT_JOBS, HINT_PID, content_digest, lifted, mask, pattern

NOW = datetime(2026, 11, 22, 21, 0, tzinfo=UTC)

VARIES = {
    "7 records ok in 0.42s": "7 records ok in {{duration}}",
    "[main (root-commit) 1a2b3c4] first": "[main (root-commit) {{hash}}] first",
    "[main 1234567] second": "[main {{hash}}] second",
    "commit 8d3f1c2b7a9e0f112233445566778899aabbccdd (HEAD)": "commit {{hash}} (HEAD)",
    "   1a2b3c4..5d6e7f8  main -> main": "   {{hash}}..{{hash}}  main -> main",
    "Date:   Sun Nov 22 21:19:13 2026 +0000": "Date:   {{timestamp}}",
    "Sun Nov 22 21:19:13 UTC 2026": "{{timestamp}}",
    "2026-11-22T21:18:00.123Z start": "{{timestamp}} start",
    "drwxr-xr-x  2 root root  4096 Nov 22 21:14 bin": "drwxr-xr-x  2 root root  {{size}} {{timestamp}} bin",
    "-rw-r--r-- 1 root root 23 Jan  3  2025 a.txt": "-rw-r--r-- 1 root root 23 {{timestamp}} a.txt",
    "-rw-r--r-- 1 root root 187 Nov 22 21:14 a.tgz": "-rw-r--r-- 1 root root {{size}} {{timestamp}} a.tgz",
    "===== 3 passed, 1 skipped in 0.03s =====": "===== 3 passed, 1 skipped in {{duration}} =====",
    "real\t0m0.003s": "real\t{{duration}}",
    "added 57 packages, and audited 58 packages in 2s": "added 57 packages, and audited 58 packages in {{duration}}",
    "1024 bytes (1.0 kB) copied, 6.5e-05 s, 8.3 MB/s": "1024 bytes (1.0 kB) copied, {{duration}}, {{rate}}",
    "Writing objects: 100% (3/3), 220 bytes | 220.00 KiB/s, done.": (
        "Writing objects: 100% (3/3), {{size}} | {{rate}}, done."
    ),
    '  File "/tmp/tmpab12cd_f/x.py", line 3': '  File "/tmp/{{tmp}}/x.py", line 3',
    "<Foo object at 0x7f3a2b4c5d60>": "<Foo object at {{address}}>",
    "request 1b4e28ba-2fa1-41d2-883f-0016d3cca427 done": "request {{uuid}} done",
    "app.sh: line 3:  4711 Segmentation fault": "app.sh: line 3:  {{pid}} Segmentation fault",
    "server started with pid 4711": "server started with pid {{pid}}",
    "CREATED 3 minutes ago": "CREATED {{duration}}",
    "\u2139 duration_ms 54.548424": "\u2139 duration_ms {{duration}}",
    "# total_time_ms 7": "# total_time_ms {{duration}}",
    '{"elapsed_ms": 12, "rows": 12}': '{"elapsed_ms": {{duration}}, "rows": 12}',
    '<testcase name="a" time="0.003"/>': '<testcase name="a" time="{{duration}}"/>',
    "built 2026-11-22": "built {{date}}",
    "Sun, 22 Nov 2026 and Nov 22, 2026": "{{date}} and {{date}}",
    "since 1795381200": "since {{timestamp}}",
    '{"created_at": 1700000000}': '{"created_at": {{timestamp}}}',
    "backup-20261122-211913.tgz": "backup-{{timestamp}}.tgz",
    "listening on http://127.0.0.1:54321/": "listening on http://127.0.0.1:{{port}}/",
    "100    12  100    12    0     0   1234      0 --:--:-- --:--:-- --:--:--  1500": "{{progress}}",
}
STAYS = [
    "7 records, 12 errors, 4096 bytes",
    " 2 files changed, 15 insertions(+), 3 deletions(-)",
    "total 1234567 rows in 3 files",
    "version 1.2.3 of python 3.11.2",
    "listening on port 8080, http://localhost:8080",
    "the decade1 facade2 was defaced",
    "due 2020-01-31, 31 Jan 2020 or 1580428800, lunch at noon, 12:30 in the plan",
    "timeout 500ms, retry every 1.5s, limit: 30s",
    "2 passed, 1 failed",
    "15 minutes, 5 m, 3 s of video",
    "make: *** [Makefile:3: all] Error 2",
    "ticket 4821 of 100000000",
    "[1] 42",
    "sum 3.14 ratio 0.75 100%",
    "0xdeadbeef",
]


@pytest.mark.parametrize("text", VARIES)
def test_what_varies_is_masked_and_all_else_stays(text: str) -> None:
    assert mask(text, moment=NOW) == VARIES[text]


@pytest.mark.parametrize("text", STAYS)
def test_counts_names_and_settings_are_never_masked(text: str) -> None:
    assert mask(text, moment=NOW) == text


@pytest.mark.parametrize("text", VARIES)
def test_a_masked_text_matches_itself(text: str) -> None:
    assert re.fullmatch(pattern(mask(text, moment=NOW), {}), text)


@given(st.text(max_size=80))
def test_any_text_matches_its_own_mask(text: str) -> None:
    assert re.fullmatch(pattern(mask(text, moment=NOW), {}), text, re.DOTALL)


@given(st.text(alphabet="{}\\ab_", max_size=20))
def test_braces_and_backslashes_survive(text: str) -> None:
    assert masks.plain(lifted(text, {}, masked=False)) == text


@pytest.mark.parametrize(
    ("text", "hint", "masked"),
    [
        ("1234567 fix", HINT_GIT, "{{hash}} fix"),
        ("4711", HINT_PID, "{{pid}}"),
        ("[1] 4711", HINT_JOBS, "[1] {{pid}}"),
    ],
)
def test_some_masks_want_to_know_the_command(text: str, hint: str, masked: str) -> None:
    assert mask(text) == text
    assert mask(text, hints={hint}) == masked


def test_values_are_named_before_masks_are_looked_for_the_longest_first() -> None:
    values = {"home": "/home/ada", "project": "/home/ada/site"}
    text = "cd /home/ada/site/src, not /home/ada/site-old; see /home/ada/.npmrc"
    assert lifted(text, values) == "cd {{project}}/src, not {{home}}/site-old; see {{home}}/.npmrc"


@pytest.mark.parametrize("text", ["1.7", "70", "x7", "7,5"])
def test_a_value_is_no_part_of_another_token(text: str) -> None:
    assert lifted(text, {"n": "7"}, masked=False) == text


def test_contents_that_differ_in_times_and_known_values_alone_have_one_digest() -> None:
    first = content_digest(b"/a/site built 2026-11-22T10:00:00Z in 0.2s\r\n", {"project": "/a/site"})
    second = content_digest(b"/b/c built 2027-01-05T11:30:00Z in 13.7s\r\n", {"project": "/b/c"})
    assert first == second
    assert first != content_digest(b"/b/c built 2 in 13.7s\n", {"project": "/b/c"})


@pytest.mark.parametrize(
    ("came", "alike"),
    [
        ("token: [masked:generic-api-key].", True),
        ("token: [masked:assignment-plain].", True),
        ("token: .", False),
        ("token: [masked:].", False),
        ("tokens: [masked:assignment-plain].", False),
    ],
)
def test_which_rule_masked_a_secret_makes_no_difference(came: str, alike: bool) -> None:  # noqa: FBT001
    assert bool(re.fullmatch(pattern("token: [masked:generic-api-key].", {}), came)) is alike


def test_a_day_is_today_or_data() -> None:
    def digest(day: datetime, at: datetime) -> str | None:
        return content_digest(f"day {day:%F}, epoch {day:%s}".encode(), {}, moment=at)

    later = NOW + timedelta(days=90)
    assert digest(NOW, NOW) == digest(later, later)
    assert digest(NOW, later) != digest(later, later)


@pytest.mark.parametrize("data", [b"\0ELF", b"\xff\xfe\x00"])
def test_binary_contents_have_no_digest(data: bytes) -> None:
    assert content_digest(data, {}) is None


@pytest.mark.parametrize("unit", ["a", "1", "1.", " ", "0-", "/a", "[1 ", "1%", "time ", "/tmp/a-", "a1"])
def test_a_long_line_is_masked_in_one_go(unit: str) -> None:
    line = unit * (100_000 // len(unit))
    assert mask(line, moment=NOW, hints={HINT_GIT, HINT_PID}) == line
