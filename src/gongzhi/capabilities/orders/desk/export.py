"""What the queue shows, as a spreadsheet: bounded, codes as text, and no cell that a program would run."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from gongzhi.capabilities.orders.desk.access import at_desk
from gongzhi.capabilities.orders.desk.filters import FilterForm
from gongzhi.capabilities.orders.desk.queue import shows_mine
from gongzhi.capabilities.orders.desk.words import kind_name, state_name, told
from gongzhi.capabilities.orders.models import Order
from gongzhi.capabilities.orders.queries import Filters, orders_listed, tasks_waiting
from gongzhi.capabilities.orders.queries.listing import Listed
from gongzhi.capabilities.orders.queries.reading import category_name, erased_words
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.core.regions.rules import code_text
from gongzhi.ui.spreadsheets import download, table
from gongzhi.workflow.engine import flow_of

MOST_ROWS = 10_000
BATCH = 500


@at_desk
@require_GET
def export(request: ActingRequest) -> HttpResponse:
    """The list with its filters, without names or telephones: at most MOST_ROWS rows, and it says so."""
    form = FilterForm(request.GET, actor=request.actor)
    filters = replace(form.filters(), after=None, before=None)
    mine = shows_mine(request.actor, request.GET, filters=filters)
    rows = _waiting(request.actor) if mine else _listed(request.actor, filters)
    content = table(_("群众点单"), _headings(), rows=_rows(rows))
    return download(content, f"orders-{timezone.localtime():%Y%m%d-%H%M}.xlsx")


def _listed(actor: Actor, filters: Filters) -> Iterator[Listed]:
    left, following = MOST_ROWS, filters
    while left > 0:
        page = orders_listed(actor, following, limit=min(BATCH, left), count=False)
        yield from page.rows
        left -= len(page.rows)
        if page.next is None or not page.rows:
            return
        following = replace(filters, after=page.next)


def _waiting(actor: Actor) -> Iterator[Listed]:
    seen: set[object] = set()
    left, after = MOST_ROWS, None
    while left > 0:
        page = tasks_waiting(actor, after=after, limit=min(BATCH, left))
        fresh = [each.listed for each in page.rows if each.listed.matter.id not in seen]
        seen |= {each.matter.id for each in fresh}
        yield from fresh
        left -= len(page.rows)
        if page.next is None:
            return
        after = page.next


def _rows(found: Iterable[Listed]) -> Iterator[list[object]]:
    written = 0
    for each in found:
        yield _values(each)
        written += 1
    if written >= MOST_ROWS:
        yield [_("只导出了前 %(count)s 件，请缩小范围再导出其余的。") % {"count": MOST_ROWS}]


def _headings() -> list[str]:
    return [
        _("编号"),
        _("区划代码"),
        _("地点"),
        _("状态"),
        _("结果"),
        _("事项"),
        _("类别"),
        _("经办岗位"),
        _("收到时间"),
        _("办理期限"),
        _("结案时间"),
        _("星级"),
        _("来源编号"),
        _("内容"),
    ]


def _values(row: Listed) -> list[object]:
    matter, order = row.matter, row.order
    outcome = flow_of(matter).outcomes.get(matter.outcome)  # type: ignore[call-overload]
    return [
        matter.number,
        code_text(matter.region_code),
        row.place,
        state_name(matter),
        told(outcome) if outcome else "",
        kind_name(matter),
        category_name(order.category, matter.region_code),
        matter.holder.title if matter.holder else "",
        _time(matter.recorded_at),
        _time(matter.due_at),
        _time(matter.closed_at),
        order.stars if order.stars is not None else "",
        order.external_number,
        _words(order),
    ]


def _words(order: Order) -> str:
    words = getattr(order, "words", None)
    if words is None:
        return ""
    return erased_words() if words.erased_at is not None else f"{words.title} {words.text}".strip()


def _time(moment: datetime | None) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else ""
