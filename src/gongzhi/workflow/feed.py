"""The calendar of due tasks: a private address for each person, which tells numbers, kinds, places and times alone."""

import hashlib

from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from gongzhi.core.definitions import queries as definitions
from gongzhi.core.permissions.actor import Actor, enter
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.core.regions import queries as regions
from gongzhi.shells.desk.commands import close_feed, open_feed
from gongzhi.shells.desk.pages import only_for, try_out
from gongzhi.shells.desk.queries import feed_hash, feed_of, feed_person
from gongzhi.ui.registry import post_holders
from gongzhi.workflow.engine import flow_of
from gongzhi.workflow.icalendar import Entry, calendar
from gongzhi.workflow.models import Task
from gongzhi.workflow.queries import MOST_TASKS, tasks_for

AN_HOUR = 60
"""So often an hour a calendar may ask: once a minute."""


@require_safe
def feed(request: ActingRequest, token: str) -> HttpResponse:
    """The due tasks of whoever the token belongs to. Refuses (404) a token that is none, and (429) who asks too often.

    Whoever holds no post any longer is told nothing. Sealed matters never stand here.
    """
    with transaction.atomic():
        person = feed_person(token)
    if person is None:
        return _refused(_("没有这个日历地址，或者已经停用。"), status=404)
    if _too_often(token):
        answer = _refused(_("问得太勤了，请过一会儿再来。"), status=429)
        answer["Retry-After"] = "600"
        return answer
    with enter(person_id=person) as actor:
        text = calendar(_("共治：到期的事"), entries(actor))
    return _answer(request, text)


feed.outside = True  # type: ignore[attr-defined]


@only_for(post_holders)
@require_http_methods(["GET", "POST"])
def own(request: ActingRequest) -> HttpResponse:
    """Make the address, which is shown this once, or end it."""
    address = ""
    if request.method == "POST" and "close" in request.POST:
        try_out(request, lambda: close_feed(actor=request.actor), words=_("日历地址已停用。"))
    elif request.method == "POST":
        made = open_feed(actor=request.actor)
        address = request.build_absolute_uri(reverse("workflow_feed", args=[made["token"]]))
    context = {"standing": feed_of(), "address": address}
    return render(request, "workflow/calendar.html", context)


def entries(actor: Actor) -> list[Entry]:
    """The actor's due tasks, the nearest first, at most MOST_TASKS: number, kind, place, due time."""
    due = tasks_for(actor).filter(due_at__isnull=False, matter__sealed_to__isnull=True)
    tasks = list(due[:MOST_TASKS])
    definitions.by_ids({task.matter.kind_id for task in tasks} | {task.matter.flow_id for task in tasks})
    codes = {task.matter.region_code for task in tasks}
    places = regions.labels(codes) if codes else {}
    return [_entry(task, places) for task in tasks]


def _entry(task: Task, places: dict[int, str]) -> Entry:
    matter, language = task.matter, get_language() or "zh"
    known = flow_of(matter).tasks.get(task.what)
    what = known.name.of(language) if known else task.what
    kind = definitions.by_id(matter.kind_id).body.name.of(language)
    assert task.due_at is not None  # noqa: S101 - asked for above
    return Entry(
        uid=f"{task.id}@gongzhi",
        summary=f"{what} · {kind} {matter.number}",
        place=places.get(matter.region_code, ""),
        due_at=task.due_at,
        changed=task.opened_at,
    )


def _refused(words: str, *, status: int) -> HttpResponse:
    answer = HttpResponse(words, status=status, content_type="text/plain; charset=utf-8")
    answer["Cache-Control"] = "no-store"
    return answer


def _too_often(token: str) -> bool:
    key = f"feed:{feed_hash(token)}"
    if cache.add(key, 1, 3600):
        return False
    try:
        return bool(cache.incr(key) > AN_HOUR)
    except ValueError:  # it ended just now
        return False


def _answer(request: ActingRequest, text: str) -> HttpResponse:
    tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    known = request.headers.get("If-None-Match", "")
    same = tag in [each.strip().removeprefix("W/") for each in known.split(",")]
    answer = (
        HttpResponseNotModified() if same else HttpResponse(text, content_type="text/calendar; charset=utf-8")
    )
    answer["ETag"] = tag
    answer["Cache-Control"] = "private, no-cache"
    answer["X-Robots-Tag"] = "noindex"
    return answer
