"""What the stories share."""

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _one_factor(settings: Any) -> None:
    """The second factor has its own story."""
    settings.MFA_REQUIRED_FOR_DESK = False
