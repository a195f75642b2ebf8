"""Which notices a step calls for, in which words, and where a resident can be reached."""

import base64
import hmac
from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac

from gongzhi.capabilities.orders.notices.definitions import OUTSIDE, Notice, NoticeHours
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.definitions.queries import Found

SALT = "gongzhi.orders.notices"
MAC = 12
ID = 16

Addresses = Callable[[UUID], tuple[str, bytes] | None]
"""Given an order: the address of its resident by a channel, with the digest by which a person's orders are known."""
_addresses: dict[str, Addresses] = {}


def reach_by(channel: str, addresses: Addresses) -> None:
    """From now on `addresses` tells where residents are reached by `channel`. Who brings a channel registers it."""
    _addresses[channel] = addresses


def address_of(channel: str, order_id: UUID) -> tuple[str, bytes] | None:
    """Where the resident of an order is reached by a channel; None where he left no address, or took it back."""
    find = _addresses.get(channel)
    return find(order_id) if find is not None else None


def reachable(channel: str) -> bool:
    """Whether anybody knows addresses of that channel here."""
    return channel in _addresses


def routes(step: str, region_code: int) -> list[tuple[Found[Notice], str]]:
    """The notices that go outside when this step is taken there, each with a channel."""
    return [
        (found, channel)
        for found in definitions.all_of(Notice, region_code=region_code)
        if found.body.event == step and not found.body.off
        for channel in found.body.channels
        if channel in OUTSIDE and reachable(channel)
    ]


def notice_of(key: str, region_code: int) -> Notice | None:
    """The notice in force there under that key; None where the pack no longer has it."""
    try:
        found = definitions.get(Notice, key, region_code=region_code).body
    except LookupError:
        return None
    return None if found.off else found


def hours_of(region_code: int) -> NoticeHours:
    """When nobody is disturbed there, and how notices are gathered."""
    return definitions.get(NoticeHours, "default", region_code=region_code).body


# -- the link by which a reader stops the messages


def token(order_id: UUID, channel: str) -> str:
    """What the link of a message carries: the order and the channel, signed. It opens nothing but the choice."""
    plain = order_id.bytes + bytes([OUTSIDE.index(channel)])
    return base64.urlsafe_b64encode(plain + _mac(plain, settings.SECRET_KEY)).decode().rstrip("=")


def read_token(text: str) -> tuple[UUID, str] | None:
    """The order and the channel of a link; None for anything that was not signed here."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    plain, given = raw[: ID + 1], raw[ID + 1 :]
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    signed = any(hmac.compare_digest(given, _mac(plain, key)) for key in keys)
    if not signed or len(plain) != ID + 1 or plain[ID] >= len(OUTSIDE):
        return None
    return UUID(bytes=plain[:ID]), OUTSIDE[plain[ID]]


def stop_link(order_id: UUID, channel: str) -> str:
    """The whole address of the page that stops the messages; empty where the site has no address of its own."""
    site = next(iter(settings.CSRF_TRUSTED_ORIGINS), "").rstrip("/")
    return f"{site}{reverse('orders_notices', args=[token(order_id, channel)])}" if site else ""


def _mac(plain: bytes, key: str) -> bytes:
    return salted_hmac(SALT, plain, secret=key, algorithm="sha256").digest()[:MAC]
