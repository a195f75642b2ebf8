"""Counts against trying codes at random, under keyed digests of addresses that are forgotten after a day."""

from django.db import connection
from django.utils import timezone

from gongzhi.core.people.cipher import blind_index

MISSES_AN_HOUR = 20


def too_many_misses(address: str) -> bool:
    """Count one more unknown receipt from this address, and tell whether there were too many this hour."""
    now = timezone.now()
    hour = now.replace(minute=0, second=0, microsecond=0)
    key = "f" + blind_index(f"follow|{address}|{hour:%Y%m%d}").hex()[:63]
    with connection.cursor() as cursor:
        cursor.execute("SELECT orders_count_intake(%s, %s)", [[key], hour])
        count: int = cursor.fetchone()[0][0]
    return count > MISSES_AN_HOUR
