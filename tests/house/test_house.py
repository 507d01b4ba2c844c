"""The contracts of the house itself: layout, dependencies, and a README that says what is true."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

from app.cli.main import COMMANDS

ROOT = Path(__file__).parents[2]
TOP_LEVEL = {
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "app",
    "capture",
    "replay",
    "tests",
    "screenshots",
}
README = (ROOT / "README.md").read_text(encoding="utf-8")
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_the_top_level_stays_small() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = {line.split("/")[0] for line in listed.splitlines()}
    assert {name for name in names if not name.startswith(".")} <= TOP_LEVEL


def test_every_dependency_has_its_sentence() -> None:
    project = tomllib.loads(PYPROJECT)["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    for requirement in wanted:
        name = re.split(r"[<>=]", requirement)[0]
        assert re.search(rf'# [A-Z][^\n]+\.\n  "{re.escape(name)}[<>=]', PYPROJECT), name


def test_every_lint_exception_has_its_reason() -> None:
    listed = re.findall(r'^  "[A-Z]+\d*",(.*)$', PYPROJECT, re.MULTILINE)
    assert listed
    assert all(re.match(r"\s+# \S", rest) for rest in listed)


def test_the_readme_names_every_command() -> None:
    missing = [name for name in COMMANDS if name != "import" and f"`{name}" not in README]
    assert missing == []


def test_ci_runs_the_test_line_of_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "<!-- test line -->" in script
    assert "<!-- test line -->" in README
    assert "bash .ci/run" in (ROOT / ".github" / "workflows" / "checks.yml").read_text(encoding="utf-8")


def test_every_picture_of_the_readme_is_there() -> None:
    pictures = re.findall(r"\((screenshots/[^)]+)\)", README)
    assert pictures
    assert all((ROOT / picture).is_file() for picture in pictures)


def test_a_text_is_read_as_its_shell_reads_it() -> None:
    """Commands of a playbook or a recording are analysed with their shell; these speak of one that is always bash's."""
    always_bash = {
        "app/core/rules.py",
        "replay/compiler/environment.py",
        "replay/conditions/scripts.py",
        "replay/exchange/importing.py",
        "replay/exchange/scripting.py",
        "replay/repairs/editing.py",
        "replay/syntax/__init__.py",
    }
    without = {
        str(path.relative_to(ROOT))
        for package in ("app", "replay")
        for path in (ROOT / package).rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "analyse" and len(call.args) == 1
    }
    assert without - always_bash == set()
