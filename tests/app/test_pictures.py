"""The pictures of the README are what the program draws."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MAKE = Path(__file__).parents[2] / "screenshots" / "make.py"


@pytest.mark.skipif(sys.platform != "linux", reason="the recorded session uses GNU tools")
@pytest.mark.skipif(shutil.which("bwrap") is None, reason="the film shows a validation, which wants bubblewrap here")
def test_the_pictures_are_fresh() -> None:
    done = subprocess.run([sys.executable, MAKE, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_film_is_small_moves_by_itself_and_loads_nothing() -> None:
    film = MAKE.with_name("main-job.svg").read_text(encoding="utf-8")
    assert len(film) < 600_000
    assert "@keyframes" in film
    assert "prefers-reduced-motion" in film
    assert not re.search(r"<script|<foreignObject|@import|@font-face|url\(|href=\"(?!#)", film)
