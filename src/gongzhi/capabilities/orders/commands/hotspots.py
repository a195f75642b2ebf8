"""Which order belongs to which hot spot, as the platform gathered them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gongzhi.capabilities.orders.models import HotOrder, HotRun
from gongzhi.core.command.running import Answer, change, no_such_row
from gongzhi.core.permissions.actor import Actor

MOST_ROWS = 500


@dataclass(frozen=True)
class Placed:
    """An order and the hot spot that it belongs to from now on; None for none. `kept`: its row, if it has one."""

    order_id: UUID
    spot: UUID | None
    region_code: int
    recorded_at: datetime
    kept: HotOrder | None = None


@dataclass(frozen=True)
class Ran:
    """Of what a county's hot spots were gathered: the digest of the orders, how many, and whether there were more."""

    digest: str
    read: int
    capped: bool


def keep_hot_spots(*, actor: Actor, county: int, placed: Sequence[Placed], ran: Ran | None = None) -> Answer:
    """Keep what changed of a county's hot spots, at most MOST_ROWS orders at once; `ran` with the last of them.

    Refuses everybody but the platform of the county.
    """
    if not actor.system or not actor.may("work_matters", county):
        raise no_such_row()
    with change(actor, "hotspots.gathered") as c:
        c.about(county)
        for each in placed[:MOST_ROWS]:
            where = {"spot": each.spot, "region_code": each.region_code, "recorded_at": each.recorded_at}
            if each.kept is None:
                c.create(HotOrder(order_id=each.order_id, **where))
            else:
                c.update(each.kept, **where)
        if ran is not None:
            told = {"digest": ran.digest, "read": ran.read, "capped": ran.capped, "at": c.now}
            kept = HotRun.objects.filter(region_code=county).first()
            if kept is None:
                c.create(HotRun(region_code=county, **told))
            else:
                c.update(kept, **told)
        c.data(changed=len(placed))
        return c.answer(changed=len(placed))
