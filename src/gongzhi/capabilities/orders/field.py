"""The field app's side of orders: today's tasks, one order, and the one door through which every command comes."""

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import FileResponse, HttpRequest
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ninja import File, Form, NinjaAPI, UploadedFile
from ninja.errors import HttpError, ValidationError
from ninja.security import django_auth

from gongzhi.capabilities.orders import commands, pictures
from gongzhi.capabilities.orders.commands import Asked
from gongzhi.capabilities.orders.definitions import OrderKind
from gongzhi.capabilities.orders.desk.words import holder_words
from gongzhi.capabilities.orders.field_rings import router
from gongzhi.capabilities.orders.field_schema import (
    MOST_COMMANDS,
    REFUSED,
    AnswersOut,
    CommandIn,
    CommandsIn,
    HoldersOut,
    MatterOut,
    PhotoAdded,
    TodayOut,
)
from gongzhi.capabilities.orders.models import Order, OrderWords, Photo
from gongzhi.capabilities.orders.queries import Shown, holders_for, offers, order_shown
from gongzhi.capabilities.orders.queries.reading import erased_words
from gongzhi.capabilities.orders.queries.replies import Said, replies_for
from gongzhi.core.command.running import Conflict, Refused, no_such_row
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.definitions.schema import Text
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.regions import queries as regions
from gongzhi.core.regions.rules import Level, floor_code
from gongzhi.workflow.claims import Sending, claimed_time
from gongzhi.workflow.definitions import Transition
from gongzhi.workflow.engine import Given, flow_of, parts_of
from gongzhi.workflow.given import reasons_of
from gongzhi.workflow.models import Matter, Round, Task
from gongzhi.workflow.queries import MOST_TASKS, overdue, present_rounds, tasks_for

log = logging.getLogger("gongzhi.field")
api = NinjaAPI(
    title="Gongzhi field",
    version="1",
    urls_namespace="field_api",
    auth=django_auth,
    docs_url=None,
    openapi_url=None,
)
api.add_router("", router)
SYNCED = "field_synced_at"
HEARD_ANEW = timedelta(seconds=60)
PICTURE = {"responses": {200: {"description": "OK", "content": {"image/jpeg": {}}}}}
TAKES = {"words", "reason", "outcome", "days", "holder", "helper"}
MOST_POSTS = 60


@api.exception_handler(Refused)
def refused(request: HttpRequest, error: Refused) -> Any:
    """A refusal, in the user's language: 409 for a conflict, 404 for what is not there, 400 else."""
    status = {"conflict": 409, "not_found": 404}.get(error.code, 400)
    return api.create_response(request, {"code": error.code, "message": error.message}, status=status)


@api.exception_handler(ValidationError)
def unread(request: HttpRequest, error: ValidationError) -> Any:
    """What is no request of this door: which part, and what is wrong with it, but not what stood there."""
    detail = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors]
    said = {"code": "unread", "message": _("发来的内容不完整，或者格式不对。"), "detail": detail}
    return api.create_response(request, said, status=422)


@api.exception_handler(HttpError)
def not_let_in(request: HttpRequest, error: HttpError) -> Any:
    """Whoever has not signed in, and what is no JSON."""
    words = {401: _("请先登录。"), 403: _("这个页面开得太久了，请刷新后再试。")}
    message = words.get(error.status_code, _("发来的内容不完整，或者格式不对。"))
    said = {"code": f"http_{error.status_code}", "message": message}
    return api.create_response(request, said, status=error.status_code)


@api.get("/today", response={200: TodayOut, **REFUSED})
def today(request: HttpRequest) -> dict[str, Any]:
    """The tasks of the actor's posts by due time (at most 200), and the open orders that a helper may take."""
    actor = actor_of(request)
    _heard(request)
    tasks = list(tasks_for(actor).filter(matter__subject="orders")[:MOST_TASKS])
    open_offers = offers() if actor.with_right("act_volunteer") else []
    villages = {offer.id: floor_code(offer.region_code, Level.VILLAGE) for offer in open_offers}
    codes = [*(task.matter.region_code for task in tasks), *villages.values()]
    places = regions.labels(codes) if codes else {}
    titles = _titles([task.matter_id for task in tasks])
    rounds = present_rounds([task.matter for task in tasks])
    return {
        "now": timezone.now().isoformat(),
        "post": [{"id": str(post.id), "title": post.title} for post in actor.posts],
        "tasks": [
            _task(task, places, titles=titles) | {"marks": _marks(task, rounds.get(task.matter_id))}
            for task in tasks
        ],
        "offers": [
            {
                "id": str(offer.id),
                "kind_name": _kind_name(offer.kind_id),
                "village": places.get(villages[offer.id], ""),
                "recorded_at": offer.recorded_at.isoformat(),
            }
            for offer in open_offers
        ],
    }


@api.get("/matters/{order_id}", response={200: MatterOut, **REFUSED})
def matter(request: HttpRequest, order_id: UUID) -> dict[str, Any]:
    """One order with what the actor may do about it."""
    actor = actor_of(request)
    found = Matter.objects.filter(pk=order_id, subject="orders").select_related("holder").first()
    if found is None:
        raise no_such_row()
    return _matter(actor, order_shown(actor, found))


@api.get("/matters/{order_id}/holders", response={200: HoldersOut, **REFUSED})
def posts_to_pass_on_to(request: HttpRequest, order_id: UUID) -> dict[str, Any]:
    """The posts that whoever holds an order may pass it on to, the fittest first (at most 60)."""
    actor = actor_of(request)
    found = Matter.objects.filter(pk=order_id, subject="orders").first()
    if found is None or "handler" not in parts_of(actor, found):
        raise no_such_row()
    kind: OrderKind = definitions.by_id(found.kind_id).body
    category = Order.objects.values_list("category", flat=True).get(pk=order_id)
    listed = holders_for(found, kind, category=category)
    others = [each for each in listed if each.post.id != found.holder_id and each.attended]
    places = regions.labels({each.post.region_code for each in others[:MOST_POSTS]})
    named = [(str(each.post.id), holder_words(each, places)) for each in others[:MOST_POSTS]]
    return {"holders": [{"key": key, "name": name} for key, name in named]}


@api.post("/commands", response={200: AnswersOut, **REFUSED}, exclude_unset=True)
def give_commands(request: HttpRequest, given: CommandsIn) -> dict[str, Any]:
    """Apply each command once, in order, each on its own: one answer a command, by its client id."""
    if len(given.commands) > MOST_COMMANDS:
        raise Refused("too_many", _("一次最多上传 100 项操作。"))
    actor = actor_of(request)
    synced = request.session.get(SYNCED)
    sending = Sending(
        sent_at=given.sent_at if given.sent_at and timezone.is_aware(given.sent_at) else None,
        received_at=timezone.now(),
        synced_at=datetime.fromisoformat(synced) if synced else None,
    )
    return {"answers": [_answered(actor, command, sending=sending) for command in given.commands]}


@api.post("/photos", response={200: PhotoAdded, **REFUSED})
def add_photo(
    request: HttpRequest, *, client_id: Form[UUID], matter: Form[UUID], file: File[UploadedFile]
) -> dict[str, Any]:
    """Add a photo to an order. The same client id with the same photo adds it once."""
    picture = pictures.read_picture(file.read(pictures.MOST_BYTES + 1))
    asked = Asked(matter, client_id=client_id)
    return {"id": commands.attach_photo(actor=actor_of(request), asked=asked, picture=picture)["id"]}


@api.get("/photos/{photo_id}", response=REFUSED, openapi_extra=PICTURE)
def photo(request: HttpRequest, photo_id: UUID) -> Any:
    """One photo, under the rights of its row."""
    found = Photo.objects.filter(pk=photo_id, erased_at__isnull=True).first()
    if found is None:
        raise no_such_row()
    response = FileResponse(pictures.whole_path(found.path).open("rb"), content_type="image/jpeg")
    response["Cache-Control"] = "private, max-age=3600"
    return response


def actor_of(request: HttpRequest) -> Actor:
    """Who acts in this request."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def _heard(request: HttpRequest) -> None:
    """Keep, with the device's sign-in, when it last heard from us: what it claims later happened after that."""
    now, before = timezone.now(), request.session.get(SYNCED)
    if before is None or now - datetime.fromisoformat(before) > HEARD_ANEW:
        request.session[SYNCED] = now.isoformat()


def _answered(actor: Actor, command: CommandIn, *, sending: Sending) -> dict[str, Any]:
    answer: dict[str, Any] = {"client_id": str(command.client_id)}
    try:
        with transaction.atomic():
            return answer | {"status": "done", "answer": _apply(actor, command, sending=sending)}
    except Conflict as conflict:
        now = Matter.objects.filter(pk=command.subject).first()
        theirs = {"version": now.version, "state_name": _state_name(now)} if now else None
        return answer | {"status": "conflict", "message": conflict.message, "theirs": theirs}
    except Refused as refusal:
        return answer | {"status": "refused", "code": refusal.code, "message": refusal.message}


def _apply(actor: Actor, command: CommandIn, *, sending: Sending) -> dict[str, Any]:
    if command.name == "call":
        reason = _plain(command.data.get("reason", ""))
        return dict(commands.read_contact(actor=actor, order_id=command.subject, reason=reason))
    if command.name == "take":
        return commands.take_open_order(actor=actor, order_id=command.subject, client_id=command.client_id)
    asked = Asked(
        command.subject,
        seen=command.seen,
        client_id=command.client_id,
        occurred_at=_claimed(command, sending),
    )
    return commands.take_step(actor=actor, asked=asked, step=command.name, given=_given(command.data))


def _claimed(command: CommandIn, sending: Sending) -> datetime | None:
    """When it happened, as far as the device's claim can be believed; None: when it was recorded."""
    said = command.occurred_at
    return claimed_time(said if said and timezone.is_aware(said) else None, sending)


def _given(data: dict[str, Any]) -> Given:
    try:
        return Given(
            words=_plain(data.get("words", "")),
            reason=_plain(data.get("reason", "")),
            outcome=_plain(data.get("outcome", "")),
            days=int(data.get("days") or 0),
            holder=_post(data.get("holder")),
            helper=_post(data.get("helper")),
        )
    except (TypeError, ValueError):
        raise Refused("data", _("这项操作的内容不完整，请重新填写。")) from None


def _post(said: Any) -> Post | None:
    return Post.objects.filter(pk=UUID(_plain(said))).first() if said else None


def _plain(said: Any) -> str:
    """Text as the database keeps it: a letter of no meaning must not hold up the whole batch."""
    return str(said).replace("\x00", "")


def _matter(actor: Actor, shown: Shown) -> dict[str, Any]:
    found, words = shown.matter, shown.words
    steps = {key: step for key, step in shown.steps.items() if _offered(step)}
    replies = replies_for(shown, steps=steps)
    point = {"lon": shown.order.lon, "lat": shown.order.lat} if shown.order.lon is not None else None
    return {
        "id": str(found.id),
        "number": found.number,
        "version": found.version,
        "kind_name": _of(shown.kind.name),
        "category_name": shown.category,
        "state": found.state,
        "state_name": _of(shown.state.name),
        "region_name": shown.place,
        "words": erased_words() if shown.erased else words.text or words.title if words else "",
        "place_text": words.place_text if words else "",
        "point": point,
        "photos": [{"id": str(each.id), "url": f"/field/api/photos/{each.id}"} for each in shown.photos],
        "due_at": found.due_at.isoformat() if found.due_at else None,
        "can_call": commands.may_read_contact(actor, found, contact=shown.contact),
        "resident_wishes": _wishes(shown),
        "timeline": [
            {
                "at": line.at.isoformat(),
                "what": f"{line.title} → {line.to}" if line.to else line.title,
                "who": line.by,
                "words": line.words or line.reason,
            }
            for line in shown.lines
        ],
        "actions": [
            _action(key, step, shown=shown, replies=replies.get(key, [])) for key, step in steps.items()
        ],
    }


def _wishes(shown: Shown) -> str:
    if shown.contact is None or shown.contact.phone_enc is None:
        return _("没有留电话，办好后请把情况写清楚。")
    return (
        _("同意您打电话联系。") if shown.contact.share else _("不愿让经办人看到电话，有事请通过受理员联系。")
    )


def _offered(step: Transition) -> bool:
    """Whether the field app can give what the step needs: a dispatcher's choice of holder is made at the desk."""
    if {"holder", "helper"} & set(step.needs) and "handler" not in step.who:
        return False
    return set(step.needs) <= TAKES and not {"platform", "reporter"} >= set(step.who)


def _action(key: str, step: Transition, *, shown: Shown, replies: list[Said]) -> dict[str, Any]:
    return {
        "key": key,
        "name": _of(step.name),
        "told": step.told is not None,
        "needs": [need for need in step.needs if need in TAKES],
        "optional": [need for need in step.optional if need in TAKES],
        "outcomes": [{"key": each, "name": _of(shown.flow.outcomes[each])} for each in step.outcomes],
        "reasons": [
            {"key": each, "name": _of(words)} for each, words in reasons_of(step, shown.matter).items()
        ],
        "replies": [{"key": each.words, "name": each.name} for each in replies],
        "helpers": [{"key": str(each.id), "name": each.title} for each in shown.helpers]
        if key == "release_hand"
        else [],
        "rule": shown.outside.words if key == "refuse" and shown.outside is not None else "",
    }


def _task(task: Task, places: dict[int, str], *, titles: dict[UUID, str]) -> dict[str, Any]:
    found = task.matter
    flow = flow_of(found)
    return {
        "id": str(task.id),
        "what": task.what,
        "what_name": _of(flow.tasks[task.what].name),
        "due_at": task.due_at.isoformat() if task.due_at else None,
        "overdue": (task.due_at is not None and task.due_at < timezone.now()) or overdue(found),
        "matter": {
            "id": str(found.id),
            "number": found.number,
            "version": found.version,
            "kind_name": _kind_name(found.kind_id),
            "state": found.state,
            "state_name": _of(flow.states[found.state].name),
            "village": places.get(found.region_code, ""),
            "title_words": titles.get(found.id, ""),
            "urgent": found.urgent,
        },
    }


def _marks(task: Task, row: Round | None) -> list[str]:
    """What time and people said of a task, each as one word of the field app."""
    said = {
        "overseen": task.what == "answer_oversight",
        "raised": row is not None and row.raised_to is not None,
        "urged": row is not None and row.urged > 0,
        "reminded": task.reminded_at is not None,
    }
    return [mark for mark, there in said.items() if there]


def _titles(ids: list[UUID]) -> dict[UUID, str]:
    words = OrderWords.objects.filter(order_id__in=ids)
    return {
        each.order_id: erased_words() if each.erased_at else (each.title or each.text)[:60] for each in words
    }


def _kind_name(kind_id: UUID) -> str:
    kind: OrderKind = definitions.by_id(kind_id).body
    return _of(kind.name)


def _state_name(found: Matter) -> str:
    return _of(flow_of(found).states[found.state].name)


def _of(text: Text) -> str:
    return text.of(get_language() or "zh")
