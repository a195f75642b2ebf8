"""Whether every order has its matter and words, where the matter lies, and what was erased is gone with its files."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connections
from django.utils import timezone

from gongzhi.capabilities.orders.retention import NEVER, Limits, limits, retention
from gongzhi.core.events.reconcile import OWNER, Drift, register

APART = """
SELECT coalesce(m.id, o.id), m.id IS NOT NULL, o.id IS NOT NULL, w.id IS NOT NULL,
       w.region_code = m.region_code AND w.recorded_at = m.recorded_at AND w.sealed = (m.sealed_to IS NOT NULL)
  FROM (SELECT * FROM workflow_matter WHERE subject = 'orders') m
  FULL JOIN orders_order o ON o.id = m.id
  LEFT JOIN orders_orderwords w ON w.matter_id = o.id
 WHERE m.id IS NULL OR o.id IS NULL OR w.id IS NULL OR w.region_code <> m.region_code OR w.recorded_at <> m.recorded_at
    OR w.sealed <> (m.sealed_to IS NOT NULL)
"""

LEFT = """
SELECT 'orders_orderwords', id, 'erased, it still holds words' FROM orders_orderwords
 WHERE erased_at IS NOT NULL AND (title || text || place_text <> '' OR bigrams <> '{}')
UNION ALL SELECT 'orders_ordercontact', id, 'erased, it still holds a name or a telephone' FROM orders_ordercontact
 WHERE erased_at IS NOT NULL AND (name <> '' OR num_nonnulls(phone_enc, phone_index) > 0)
UNION ALL SELECT 'orders_message', id, 'erased, it still holds words' FROM orders_message
 WHERE erased_at IS NOT NULL AND text <> ''
UNION ALL SELECT 'orders_photo', id, 'erased, it still names its file' FROM orders_photo
 WHERE erased_at IS NOT NULL AND path <> ''
UNION ALL SELECT 'orders_releasedsummary', s.id, 'its order was erased, and it still says something'
  FROM orders_releasedsummary s JOIN orders_orderwords w USING (matter_id)
 WHERE w.erased_at IS NOT NULL AND (s.summary <> '' OR s.erased_at IS NULL)
UNION ALL SELECT 'orders_follower', id, 'who stopped is still known' FROM orders_follower
 WHERE stopped_at IS NOT NULL AND num_nonnulls(receipt_hash, follower) > 0
UNION ALL SELECT 'orders_ordercontact', c.id, 'it stands, though its order was erased'
  FROM orders_ordercontact c JOIN orders_orderwords w USING (matter_id)
 WHERE w.erased_at IS NOT NULL AND c.erased_at IS NULL
UNION ALL SELECT 'orders_photo', p.id, 'it stands, though its order was erased'
  FROM orders_photo p JOIN orders_orderwords w USING (matter_id)
 WHERE w.erased_at IS NOT NULL AND p.erased_at IS NULL
UNION ALL SELECT 'orders_order', o.id, 'erased, it still holds a place or words'
  FROM orders_order o JOIN orders_orderwords w ON w.matter_id = o.id
 WHERE w.erased_at IS NOT NULL AND (num_nonnulls(o.lon, o.lat) > 0 OR o.reasons <> '[]')
"""
OVERDUE = """
SELECT c.id FROM {table} c JOIN workflow_matter m ON m.id = c.matter_id
 WHERE c.erased_at IS NULL AND m.region_code <@ regions_reach(%s, %s) AND m.closed_at <= %s
   AND (m.leading IS NULL OR EXISTS (SELECT FROM workflow_matter l WHERE l.id = m.leading AND l.closed_at <= %s))
 ORDER BY c.matter_id LIMIT 500
"""
NIGHTS_MISSED = timedelta(days=2)
FILE_MAY_WAIT = 3 * 24 * 3600
"""A file without a row may belong to an order not sent yet; after two days it is swept by night."""


def order_drifts() -> Iterator[Drift]:
    """Orders without their matter or words, and words that a search would look for in another place."""
    with connections[OWNER].cursor() as cursor:
        cursor.execute(APART)
        for row_id, matter, order, words, agree in cursor.fetchall():
            yield Drift(
                "orders_order", str(row_id), _words(matter=matter, order=order, words=words, agree=agree)
            )


def _words(*, matter: bool, order: bool, words: bool, agree: bool | None) -> str:
    for there, name in ((matter, "matter"), (order, "order"), (words, "words")):
        if not there:
            return f"it has no {name}"
    return "" if agree else "its words are kept for another place, time or secrecy than its matter's"


def erasure_drifts() -> Iterator[Drift]:
    """Rows that were erased and still hold something."""
    with connections[OWNER].cursor() as cursor:
        cursor.execute(LEFT)
        for table, row_id, words in cursor.fetchall():
            yield Drift(table, str(row_id), words)


def photo_drifts() -> Iterator[Drift]:
    """Photos whose file is not there, and files, older than three days, that no photo names."""
    root = Path(settings.MEDIA_ROOT)
    files = {str(file.relative_to(root)): file for file in root.glob("orders/*/*.jpg")}
    with connections[OWNER].cursor() as cursor:
        cursor.execute("SELECT id, path FROM orders_photo WHERE path <> ''")
        for row_id, path in cursor.fetchall():
            if files.pop(path, None) is None:
                yield Drift("orders_photo", str(row_id), "its file is not there")
    old = time.time() - FILE_MAY_WAIT
    for path, file in files.items():
        if file.stat().st_mtime < old:
            yield Drift("orders_photo", path, "no photo names this file")


def overdue_contacts() -> Iterator[Drift]:
    """Contact data of closed orders that stand two nights after the pack's term."""
    return _overdue("orders_ordercontact", lambda last: last.contact)


def overdue_words() -> Iterator[Drift]:
    """Words of closed orders that stand two nights after the pack's term, where it names one."""
    return _overdue("orders_orderwords", lambda last: last.words)


def _overdue(table: str, term: Callable[[Limits], datetime]) -> Iterator[Drift]:
    with connections[OWNER].cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT region_code, region_level FROM people_post WHERE role = 'platform' AND valid_to IS NULL"
        )
        for code, level in cursor.fetchall():
            last = term(limits(retention(code), timezone.now()))
            if last == NEVER:
                continue
            until = last - NIGHTS_MISSED
            cursor.execute(OVERDUE.format(table=table), [code, level, until, until])
            for (row_id,) in cursor.fetchall():
                yield Drift(table, str(row_id), "its term is over and it stands")


register("orders, their matters and words", order_drifts)
register("what was erased of orders is gone", erasure_drifts)
register("contact data of closed orders after their term", overdue_contacts)
register("words of closed orders after their term", overdue_words)
register("photos of orders and their files", photo_drifts)
