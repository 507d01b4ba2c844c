"""The pictures of the README are what the program draws."""

import subprocess
import sys
from pathlib import Path

import pytest

MAKE = Path(__file__).parents[2] / "screenshots" / "make.py"


@pytest.mark.skipif(sys.platform != "linux", reason="the recorded session uses GNU tools")
def test_the_pictures_are_fresh() -> None:
    done = subprocess.run([sys.executable, MAKE, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
