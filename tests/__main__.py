"""All checks and tests, one after the other: `python -m tests`."""

import subprocess
import sys
from pathlib import Path

CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("tests.house.arrows",),
    ("pytest", "-q", "-n", "3", "--dist", "worksteal"),
)
"""Each as a module of this very Python."""
ROOT = Path(__file__).parent.parent


def main() -> int:
    """Run every check; stop at none, fail if one failed."""
    failed = []
    for module, *arguments in CHECKS:
        sys.stdout.write(f"== {module} {' '.join(arguments)}\n")
        sys.stdout.flush()
        if subprocess.run([sys.executable, "-m", module, *arguments], cwd=ROOT, check=False).returncode:
            failed.append(module)
    sys.stdout.write(f"== failed: {', '.join(failed)}\n" if failed else "== all checks and tests passed\n")
    return 1 if failed else 0


sys.exit(main())
