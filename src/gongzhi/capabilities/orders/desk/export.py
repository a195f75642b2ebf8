"""What the queue shows, and what waits, as spreadsheets: coarser than the pages, as every list that leaves."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from gongzhi.capabilities.orders.desk.access import at_desk
from gongzhi.capabilities.orders.desk.filters import FilterForm
from gongzhi.capabilities.orders.desk.queue import shows_mine
from gongzhi.capabilities.orders.desk.words import kind_name, state_name, task_name, told
from gongzhi.capabilities.orders.models import Order
from gongzhi.capabilities.orders.queries import Filters, orders_listed, tasks_waiting
from gongzhi.capabilities.orders.queries.listing import Listed
from gongzhi.capabilities.orders.queries.reading import category_name, erased_words
from gongzhi.capabilities.orders.queries.waiting import Waiting
from gongzhi.capabilities.orders.retention import retention
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.shells.desk import exports
from gongzhi.shells.desk.exports import Place, day
from gongzhi.workflow.engine import flow_of


@at_desk
@require_GET
def export(request: ActingRequest) -> HttpResponse:
    """The list with its filters, without names or telephones: at most exports.MOST_ROWS rows, and it says so."""
    form = FilterForm(request.GET, actor=request.actor)
    filters = replace(form.filters(), after=None, before=None)
    mine = shows_mine(request.actor, request.GET, filters=filters)
    found = _waiting(request.actor) if mine else _listed(request.actor, filters)
    return exports.export("orders", _("群众点单"), headings=_headings(), rows=_rows(found))


@at_desk
@require_GET
def tasks(request: ActingRequest) -> HttpResponse:
    """What waits for the reader's posts, one row a task, without names, telephones and words."""
    headings = [
        _("要办的"),
        _("编号"),
        _("区划代码"),
        _("地点"),
        _("状态"),
        _("事项"),
        _("经办岗位"),
        _("从何时起"),
        _("办理期限"),
    ]
    return exports.export("tasks", _("待办"), headings=headings, rows=_task_rows(request.actor))


def _listed(actor: Actor, filters: Filters) -> Iterator[list[Listed]]:
    left, following = exports.MOST_ROWS + 1, filters
    while left > 0:
        page = orders_listed(actor, following, limit=min(exports.BATCH, left), count=False)
        yield page.rows
        left -= len(page.rows)
        if page.next is None or not page.rows:
            return
        following = replace(filters, after=page.next)


def _tasks(actor: Actor) -> Iterator[list[Waiting]]:
    left, after = exports.MOST_ROWS + 1, None
    while left > 0:
        page = tasks_waiting(actor, after=after, limit=min(exports.BATCH, left))
        yield page.rows
        left -= len(page.rows)
        if page.next is None:
            return
        after = page.next


def _waiting(actor: Actor) -> Iterator[list[Listed]]:
    seen: set[object] = set()
    for rows in _tasks(actor):
        fresh = {each.listed.matter.id: each.listed for each in rows if each.listed.matter.id not in seen}
        seen |= set(fresh)
        yield list(fresh.values())


def _rows(found: Iterator[list[Listed]]) -> Iterator[list[object]]:
    for batch in found:
        places = exports.place_names(each.matter.region_code for each in batch)
        for each in batch:
            yield _values(each, places)


def _task_rows(actor: Actor) -> Iterator[list[object]]:
    for batch in _tasks(actor):
        places = exports.place_names(each.listed.matter.region_code for each in batch)
        for each in batch:
            matter = each.listed.matter
            hours = retention(matter.region_code).export_hours
            yield [
                task_name(matter, each.task.what),
                matter.number,
                Place(matter.region_code),
                places[matter.region_code],
                state_name(matter),
                kind_name(matter),
                matter.holder.title if matter.holder else "",
                day(each.task.opened_at, hours=hours),
                day(each.task.due_at, hours=hours),
            ]


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


def _values(row: Listed, places: Mapping[int, str]) -> list[object]:
    matter, order = row.matter, row.order
    hours = retention(matter.region_code).export_hours
    outcome = flow_of(matter).outcomes.get(matter.outcome)  # type: ignore[call-overload]
    return [
        matter.number,
        Place(matter.region_code),
        places[matter.region_code],
        state_name(matter),
        told(outcome) if outcome else "",
        kind_name(matter),
        category_name(order.category, matter.region_code),
        matter.holder.title if matter.holder else "",
        day(matter.recorded_at, hours=hours),
        day(matter.due_at, hours=hours),
        day(matter.closed_at, hours=hours),
        order.stars if order.stars is not None else "",
        order.external_number,
        _words(order),
    ]


def _words(order: Order) -> str:
    words = getattr(order, "words", None)
    if words is None:
        return ""
    return erased_words() if words.erased_at is not None else f"{words.title} {words.text}".strip()
