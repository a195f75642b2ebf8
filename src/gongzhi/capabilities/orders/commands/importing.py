"""Past messages of a hotline as orders: with their own dates, without a notice, a clock or a dispatch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from gongzhi.capabilities.orders.commands.placing import Said, add_words, new_number
from gongzhi.capabilities.orders.definitions import OrderKind
from gongzhi.capabilities.orders.models import Message, Order
from gongzhi.capabilities.orders.queries.proposing import About, decided, subject_of
from gongzhi.core.command.running import Answer, Change, Refused, change
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.definitions.queries import Found
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.regions.names import Named, places_in
from gongzhi.core.regions.queries import READ_WORDS
from gongzhi.workflow import engine
from gongzhi.workflow.definitions import Deadline
from gongzhi.workflow.models import Matter

SOURCE = "hotline"


@dataclass(frozen=True, kw_only=True)
class PastMessage:
    """One message of a hotline. Who wrote it is not among what is kept.

    `kind` governs where the words speak for none. `names` are those of the places inside its region, so that a place
    that the words name for certain is found.
    """

    source: str
    number: str
    said_at: datetime
    region_code: int
    region_level: int
    kind: str
    said: Said
    answer: str = ""
    answered_at: datetime | None = None
    names: Sequence[Named] = ()


def import_order(*, actor: Actor, past: PastMessage) -> Answer:
    """Enter a past message as an order; `occurred_at` is its own time, `recorded_at` is now.

    An answered one arrives closed with its answer and an unknown outcome. Any other waits for a desk to take it in and
    has no clock until then. The category that the words speak for is kept with its reasons; nobody is told, and
    nothing is dispatched. Refuses a place that no pack governs, an unknown kind, and a number that its source used.
    """
    with change(actor, "order.imported", occurred_at=past.said_at) as c:
        decision = decided(past.said.whole, past.region_code)
        kind = _kind(past, decision.category)
        matter = _matter(c, past, kind=kind)
        engine.begin(c, matter, key="import_closed" if past.answer else "import")
        about = subject_of(decision, kind.body)
        order = c.create(_order(matter, past, about=about))
        add_words(c, order, matter=matter, said=past.said)
        if past.answer:
            c.update(
                matter, closed_at=_within(past.answered_at or c.now, earliest=past.said_at, latest=c.now)
            )
            _answer(c, order, past=past)
        c.about(matter.region_code, thread=matter.id)
        c.data(kind=kind.key, source=past.source, category=about.category, by=about.by)
        return c.answer(matter, id=matter.id, number=matter.number, state=matter.state)


def _kind(past: PastMessage, category: str | None) -> Found[OrderKind]:
    """The first kind to which the category belongs, else the kind that was given."""
    pack = definitions.pack_over(past.region_code)
    if pack is None or pack.low is None:
        raise Refused("place", _("这个地方还没有开通服务。"))
    if category is not None:
        for kind in definitions.all_of(OrderKind, region_code=past.region_code):
            if category in kind.body.categories:
                return kind
    try:
        return definitions.get(OrderKind, past.kind, region_code=past.region_code)
    except LookupError:
        raise Refused("kind", _("这个地方没有“%(kind)s”这一类事项。") % {"kind": past.kind}) from None


def _matter(c: Change, past: PastMessage, *, kind: Found[OrderKind]) -> Matter:
    code, level = _place(past)
    return Matter(
        number=new_number(c.now),
        subject="orders",
        family=kind.body.family,
        kind=kind.key,
        kind_id=kind.id,
        flow_id=definitions.get("flow", kind.body.flow, region_code=code).id,
        deadline_id=definitions.get(Deadline, kind.body.deadline, region_code=code).id,
        state="",
        region_code=code,
        region_level=level,
        source=SOURCE,
        occurred_at=past.said_at,
        recorded_at=c.now,
    )


def _place(past: PastMessage) -> tuple[int, int]:
    """The place that the words name for certain inside the given one, else the given one."""
    found = places_in(past.said.whole[:READ_WORDS], past.names) if past.names else []
    if found and found[-1].level > past.region_level:
        return found[-1].code, found[-1].level
    return past.region_code, past.region_level


def _order(matter: Matter, past: PastMessage, *, about: About) -> Order:
    return Order(
        id=matter.id,
        category=about.category,
        category_by=about.by,
        certainty=about.certainty,
        reasons=list(about.reasons),
        external_source=past.source,
        external_number=past.number,
    )


def _answer(c: Change, order: Order, *, past: PastMessage) -> None:
    c.create(
        Message(
            order=order,
            direction="out",
            step="import_closed",
            text=past.answer,
            at=past.answered_at or c.now,
        )
    )


def _within(moment: datetime, *, earliest: datetime, latest: datetime) -> datetime:
    return max(earliest, min(moment, latest))
