"""What every address was asked for leaves no file behind for the next test."""

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _own_home(settings: Any, tmp_path: Path) -> None:
    settings.HOME = tmp_path
