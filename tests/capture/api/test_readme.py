import re
from pathlib import Path

import pytest

from capture.home import default_home
from capture.tape.reader import load_trace, run_ids
from tests.bench.figures import ROOT


def test_the_example_in_the_readme_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("## Recording from a program\n")[1]
    example = re.findall(r"```python\n(.*?)```", section, re.DOTALL)[0]
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "README.md", "exec"), {})  # noqa: S102 - ours
    (run_id,) = run_ids(default_home())
    trace = load_trace(default_home(), run_id)
    assert [step.command for step in trace.steps] == [
        "echo hello > greeting.txt && wc -c greeting.txt",
        'tool:tickets/close {"id":7}',
        'tool:mail/send {"to":"team"}',
    ]
    assert [one.path for one in trace.steps[0].file_effects] == ["greeting.txt"]
    assert trace.run.agent is not None
    assert trace.run.agent.prompt_tokens == 1200
