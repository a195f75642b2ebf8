"""What brings a message to a telephone or a WeChat account: an adapter of the installation.

An adapter is a class named in the setting NOTICE_ADAPTER. `Configured`, the one that ships, sends by whatever the
environment configures, and writes to files what it does not: so what would have been sent can be read.
"""

import json
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from gongzhi.capabilities.orders.notices.rules import Outcome, Outgoing
from gongzhi.capabilities.orders.notices.sms import SmsGateway
from gongzhi.capabilities.orders.notices.voice import VoiceGateway
from gongzhi.capabilities.orders.notices.wechat import WeChat
from gongzhi.core.definitions.ids import uuid7


class Adapter(Protocol):
    """What brings a message to a telephone or a WeChat account."""

    def knows_keys(self, channel: str) -> bool:
        """Whether the provider takes a message's key once only, so that an uncertain one may be sent again."""

    def send(self, message: Outgoing) -> Outcome:
        """Send one message, and tell what became of it. What is not accepted is told, not raised."""

    def forget(self, mark: str) -> None:
        """Delete what is kept of messages that name `mark`: an order's number, or a telephone."""


class FileAdapter:
    """Writes each message to a file below GONGZHI_HOME/outbox, readable by its owner only."""

    def knows_keys(self, channel: str) -> bool:
        """A file is written whole or not at all, under the message's key."""
        return True

    def send(self, message: Outgoing) -> Outcome:
        """One JSON file a message."""
        folder = Path(settings.HOME) / "outbox"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        now: datetime = timezone.now()
        body = {"channel": message.channel, "to": message.to, "text": message.text, "at": now.isoformat()}
        target = folder / f"{now:%Y%m%dT%H%M%S}-{uuid7().hex[-8:]}.json"
        target.touch(mode=0o600)
        target.write_text(json.dumps(body, ensure_ascii=False), encoding="utf-8")
        return Outcome("sent")

    def forget(self, mark: str) -> None:
        """Delete the files that hold it; a file that goes meanwhile is gone."""
        for file in (Path(settings.HOME) / "outbox").glob("*.json"):
            with suppress(FileNotFoundError):
                if mark in file.read_text(encoding="utf-8"):
                    file.unlink()


class Configured:
    """By the gateway and the account that the environment names; to files what it names none for."""

    def __init__(self) -> None:
        self._files = FileAdapter()
        self._by: dict[str, SmsGateway | VoiceGateway | WeChat] = {}
        if settings.SMS["url"]:
            self._by["sms"] = SmsGateway(**settings.SMS)
        if settings.VOICE["url"]:
            self._by["voice"] = VoiceGateway(**settings.VOICE)
        if settings.WECHAT["app_id"]:
            self._by["wechat"] = WeChat(**settings.WECHAT)

    def knows_keys(self, channel: str) -> bool:
        """As the channel's own."""
        own = self._by.get(channel)
        return own.knows_keys if own is not None else self._files.knows_keys(channel)

    def send(self, message: Outgoing) -> Outcome:
        """By the channel's own, or to a file."""
        own = self._by.get(message.channel)
        return own.send(message) if own is not None else self._files.send(message)

    def forget(self, mark: str) -> None:
        """Nothing is kept here but the files."""
        self._files.forget(mark)


def adapter() -> Adapter:
    """The installation's adapter."""
    made: Adapter = import_string(settings.NOTICE_ADAPTER)()
    return made
