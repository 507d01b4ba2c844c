"""Inventories as they lie in files: what Ansible has locked away is known to nobody here, and harms nobody else."""

import re
from pathlib import Path

import pytest

from app.inventories import inventory
from capture.errors import BadInputError


def test_a_locked_value_is_refused_only_where_it_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "hosts.yml"
    path.write_text("all:\n  hosts:\n    a: {tag: !vault abc}\n    b: {port: 8}\n", encoding="utf-8")
    found = inventory(str(path))
    assert [(one.name, one.values) for one in found.targets({"port"}, ())] == [("a", {}), ("b", {"port": "8"})]
    with pytest.raises(BadInputError, match=re.escape("host a: tag is '{{ !vault }}', which only Ansible fills")):
        found.targets({"tag"}, ())


def test_a_file_that_is_no_yaml_is_named(tmp_path: Path) -> None:
    path = tmp_path / "hosts.yml"
    path.write_text("all: [\n", encoding="utf-8")
    with pytest.raises(BadInputError, match=r"--hosts: .*hosts\.yml is no YAML"):
        inventory(str(path))
