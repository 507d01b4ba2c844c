"""Checks the import contracts of pyproject.toml; import-linter's own module can't be run as one."""

import sys

from importlinter.cli import lint_imports

if __name__ == "__main__":
    sys.exit(lint_imports(no_cache=True))
