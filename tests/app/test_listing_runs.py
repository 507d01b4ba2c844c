"""runs --matching, through the installed command: by the catalog, and by the files of what it has not seen end."""

import msgspec

from capture.trace import RunStatus
from replay.library.catalog import TinyCatalog
from replay.library.rows import RunRow
from tests.program import Program


def test_runs_are_listed_by_a_text_in_name_or_goal(program: Program) -> None:
    release, other = program.record("true", name="Release site"), program.record("true", name="other")
    catalog = TinyCatalog(program.home / "catalog.json")

    def matching(text: str) -> list[str]:
        return [one["run_id"] for one in program("runs", "--matching", text, "--json").rows]

    assert matching("release") == [release]
    assert matching("true") == []
    assert "search" in program("runs", "--matching", "nowhere").out
    # As a crash leaves them: one that never ended there, one that is not there, one that is only there.
    catalog.update(RunRow, release, status=RunStatus.IN_PROGRESS, name="")
    elsewhere = catalog.get(RunRow, other)
    assert elsewhere is not None
    catalog.put(msgspec.structs.replace(elsewhere, id="gone", name="release"))
    catalog.remove(RunRow, other)
    assert matching("RELEASE") == [release]
    assert matching("OTHER") == [other]
