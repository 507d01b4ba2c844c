"""All checks and tests, the checks beside the tests: `python -m tests`."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("tests.house.arrows",),
)
"""Each as a module of this very Python; what they say is shown after the tests."""
TESTS = ("pytest", "-q", "-rs", "-n", "4", "--dist", "worksteal")
"""Every test that is skipped is told with its reason."""
COLLECTING = ("pytest", "-q", "--collect-only")
ROOT = Path(__file__).parent.parent
COMPILED = ROOT / "tests" / "__pycache__"


def run(check: tuple[str, ...], *, told: int | None = None) -> subprocess.CompletedProcess[str]:
    """Run one check, its output shown at once or handed back (`subprocess.PIPE`)."""
    argv = [sys.executable, "-m", *check]
    return subprocess.run(argv, cwd=ROOT, check=False, text=True, stdout=told, stderr=told and subprocess.STDOUT)


def compile_tests() -> None:
    """Have each test compiled once, where none is yet: each worker would do it for itself, all at the same time."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if not any(COMPILED.glob("conftest.*-pytest-*.pyc")):
        run(COLLECTING, told=subprocess.PIPE)


def main() -> int:
    """Run every check; stop at none, fail if one failed."""
    with ThreadPoolExecutor() as beside:
        checking = [beside.submit(run, check, told=subprocess.PIPE) for check in CHECKS]
        compile_tests()
        ended = [(TESTS, run(TESTS)), *((check, done.result()) for check, done in zip(CHECKS, checking, strict=True))]
    for check, done in ended:
        sys.stdout.write(f"== {' '.join(check)}\n{done.stdout or ''}")
    failed = [check[0] for check, done in ended if done.returncode]
    sys.stdout.write(f"== failed: {', '.join(failed)}\n" if failed else "== all checks and tests passed\n")
    return 1 if failed else 0


sys.exit(main())
