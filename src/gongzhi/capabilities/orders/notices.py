"""Telling the resident outside the portal: SMS and WeChat stand behind one small adapter.

An adapter is a class with `send(channel, to, text)`, named in the setting NOTICE_ADAPTER. The one that ships for
development writes each message to a file, so that what would have been sent can be read.
"""

import json
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from gongzhi.core.definitions.ids import uuid7


class Adapter(Protocol):
    """What brings a message to a telephone or a WeChat account."""

    def send(self, channel: str, *, to: str, text: str) -> None:
        """Send `text` to the telephone or account `to`. Raises OSError when it should be tried again."""

    def forget(self, mark: str) -> None:
        """Delete what is kept of messages that name `mark`: an order's number, or a telephone."""


class FileAdapter:
    """Writes each message to a file below GONGZHI_HOME/outbox, readable by its owner only."""

    def send(self, channel: str, *, to: str, text: str) -> None:
        """One JSON file a message."""
        folder = Path(settings.HOME) / "outbox"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        now: datetime = timezone.now()
        body = {"channel": channel, "to": to, "text": text, "at": now.isoformat()}
        target = folder / f"{now:%Y%m%dT%H%M%S}-{uuid7().hex[-8:]}.json"
        target.write_text(json.dumps(body, ensure_ascii=False), encoding="utf-8")
        target.chmod(0o600)

    def forget(self, mark: str) -> None:
        """Delete the files that hold it; a file that goes meanwhile is gone."""
        for file in (Path(settings.HOME) / "outbox").glob("*.json"):
            with suppress(FileNotFoundError):
                if mark in file.read_text(encoding="utf-8"):
                    file.unlink()


def adapter() -> Adapter:
    """The installation's adapter."""
    made: Adapter = import_string(settings.NOTICE_ADAPTER)()
    return made
