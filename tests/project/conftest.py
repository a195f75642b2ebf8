import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that a database server under another account may pass through (pytest's own is closed)."""
    made = Path(tempfile.mkdtemp(prefix="gz-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)
