"""A playbook that a person wrote, in a home of its own: what editing is tried on, without a recording."""

from pathlib import Path

from app.core import Core
from capture.home import Home

DOCUMENT = """\
replaybook: 1
name: release
version: 1
shell: bash
columns: 80
rows: 24
parameters:
  tag: {type: string, default: v1}
steps:
  # made first
  - run: ./bundle.sh
    expect:
      exit: 0
      output: |
        build {{build}}
    capture:
      - {name: build, recorded: "71", pattern: "[0-9]+"}
  - run: cat notes.txt
  - run: ./tag.sh {{build}} {{tag}}
    requires:
      - command: ./tag.sh
"""


def core_with(folder: Path, text: str = DOCUMENT) -> Core:
    """A home that holds it.

    Args:
        folder: For the home.
        text: The document of `release@1`, right or wrong.
    """
    home = Home(folder / "home").prepare()
    shelf = home.playbooks / "release"
    shelf.mkdir(parents=True)
    (shelf / "1.yaml").write_text(text, encoding="utf-8")
    return Core(home)
