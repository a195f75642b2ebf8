"""Whether every order has its matter and its words, and these lie where the matter lies."""

from collections.abc import Iterator

from django.db import connections

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


register("orders, their matters and words", order_drifts)
