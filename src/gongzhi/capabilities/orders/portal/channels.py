"""By which ways a resident is told: what is sent, when, and stopping it; binding and ending WeChat with consent."""

import hmac
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeGuard
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from gongzhi.capabilities.orders.commands.notifying import is_wanted
from gongzhi.capabilities.orders.commands.wechat import bind_wechat, bound, end_wechat
from gongzhi.capabilities.orders.jobs import platform_posts
from gongzhi.capabilities.orders.models import OrderContact
from gongzhi.capabilities.orders.notices.definitions import OUTSIDE, NoticeHours
from gongzhi.capabilities.orders.notices.routing import hours_of, routes, token
from gongzhi.capabilities.orders.notices.wechat import NoToken, WeChat
from gongzhi.capabilities.orders.portal.following import Way, missed, place_shown
from gongzhi.capabilities.orders.portal.plain import in_words
from gongzhi.capabilities.orders.portal.web import private
from gongzhi.capabilities.orders.queries import order_by_receipt
from gongzhi.core.command.people import unmasked
from gongzhi.core.command.running import Refused
from gongzhi.core.permissions.actor import Actor, enter, enter_as_system
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.workflow.engine import flow_of
from gongzhi.workflow.models import Matter

LOOKED_AT = 50
MOST_NUMBERS = 5
KEPT = "wechat"
WAITS = timedelta(minutes=10)
"""So long the way to WeChat and back may take."""
BINDINGS_AN_HOUR = 10


@dataclass(frozen=True)
class Line:
    """One number that is told by text message: its last digits, whether it is, and where that is changed."""

    tail: str
    wanted: bool
    url: str


@private
@require_safe
def of_receipt(request: ActingRequest, receipt: str) -> HttpResponse:
    """What is sent about one order, and stopping it, without an account. It tells no telephone."""
    matter = order_by_receipt(request.actor)
    if matter is None:
        return missed(request, receipt)
    contacts = OrderContact.objects.filter(order_id=matter.pk, phone_enc__isnull=False)
    context = {
        "lines": [] if matter.sealed_to else _lines((matter,), contacts, tails=False),
        "back_url": Way(receipt).to("orders_followed"),
        "sealed": matter.sealed_to is not None,
        **_telling(matter),
    }
    return render(request, "orders/portal/channels.html", context | place_shown(request, matter))


@private
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: ActingRequest) -> HttpResponse:
    """By which ways one is told of one's orders; agreeing to WeChat, and ending it."""
    if not request.user.is_authenticated:
        return redirect(f"{reverse('account_login')}?next={reverse('orders_channels')}")
    if request.method == "POST":
        return _changed(request)
    found = Matter.objects.filter(reporter=request.actor.pseudonym, sealed_to__isnull=True).order_by("-id")
    matters = {each.pk: each for each in (found[:LOOKED_AT] if request.actor.pseudonym else ())}
    contacts = OrderContact.objects.filter(order_id__in=matters, phone_enc__isnull=False).order_by(
        "-order_id"
    )
    context = {
        "lines": _lines(matters.values(), contacts, tails=True),
        "back_url": reverse("orders_mine"),
        "own": True,
        "known": request.actor.pseudonym is not None,
        "wechat": bool(settings.WECHAT["app_id"]),
        "bound": bound(request.actor),
        **(_telling(next(iter(matters.values()))) if matters else {}),
    }
    return render(request, "orders/portal/channels.html", context)


@private
@require_safe
def to_wechat(request: ActingRequest) -> HttpResponse:
    """The way to WeChat, after one has agreed: a link, since no form may lead away from here."""
    asked = request.session.get(KEPT)
    if not request.user.is_authenticated or not _fresh(asked):
        return redirect("orders_channels")
    back = request.build_absolute_uri(reverse("orders_wechat_back"))
    context = {"address": account().asking(back, asked["state"])}
    return render(request, "orders/portal/wechat.html", context)


@private
@require_safe
def back_from_wechat(request: ActingRequest) -> HttpResponse:
    """Back from WeChat with a code: ask WeChat whose it is (in no transaction), and keep the address."""
    person_id = getattr(request.user, "person_id", None)
    asked, state = request.session.pop(KEPT, None), request.GET.get("state", "")
    if person_id is None or not _fresh(asked) or not hmac.compare_digest(asked["state"], _plain(state)):
        messages.warning(request, _("没有绑定：时间太久了，或者不是从本页去的微信。请再来一次。"))
    elif not request.GET.get("code"):
        messages.warning(request, _("您没有在微信里同意，什么都没有存。"))
    else:
        _bind(request, person_id, code=request.GET["code"][:200])
    return redirect("orders_channels")


back_from_wechat.outside = True  # type: ignore[attr-defined]


def account() -> WeChat:
    """The place's official account, asked while somebody waits."""
    return WeChat(**settings.WECHAT, timeout=5.0)


def _bind(request: ActingRequest, person_id: UUID, *, code: str) -> None:
    try:
        openid = account().openid_of(code)
    except NoToken:
        messages.error(request, _("微信没有回答是哪个账号，没有绑定。请过一会儿再试。"))
        return
    with enter(person_id=person_id) as actor:
        try:
            bind_wechat(actor=actor, openid=openid)
        except Refused as refused:
            messages.error(request, refused.message)
        else:
            messages.success(request, _("绑定好了。以后的进展也会发到您的微信，随时可以解除。"))


def _changed(request: ActingRequest) -> HttpResponse:
    if "end" in request.POST:
        end_wechat(actor=request.actor)
        messages.success(request, _("解除了。存的微信标识已经删除。"))
        return redirect("orders_channels")
    if request.POST.get("agree") != "yes" or not settings.WECHAT["app_id"]:
        messages.warning(request, _("要先勾选同意，才能绑定微信。"))
        return redirect("orders_channels")
    if _too_often(request.actor):
        messages.warning(request, _("试得太勤了，请过一小时再来。"))
        return redirect("orders_channels")
    request.session[KEPT] = {"state": secrets.token_urlsafe(24), "at": time.time()}
    return redirect("orders_to_wechat")


def _too_often(actor: Actor) -> bool:
    key = f"wechat:{actor.key}"
    if cache.add(key, 1, 3600):
        return False
    try:
        return bool(cache.incr(key) > BINDINGS_AN_HOUR)
    except ValueError:  # it ended just now
        return False


def _fresh(asked: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(asked, dict) and 0 <= time.time() - asked["at"] <= WAITS.total_seconds()


def _plain(text: str) -> str:
    return text if text.isascii() else ""


def _lines(matters: Iterable[Matter], contacts: Iterable[OrderContact], *, tails: bool) -> list[Line]:
    """Each number once. Whether it is told is asked by the platform: other orders of the number count as well."""
    by_number: dict[bytes, OrderContact] = {}
    for contact in contacts:
        by_number.setdefault(bytes(contact.phone_index or b""), contact)
    places = {matter.pk: matter.region_code for matter in matters}
    found = []
    for contact in [*by_number.values()][:MOST_NUMBERS]:
        wanted = _is_told(contact.order_id, places[contact.order_id])
        url = reverse("orders_notices", args=[token(contact.order_id, "sms")])
        found.append(Line(unmasked(contact, "phone")[-4:] if tails else "", wanted, url))
    return found


def _is_told(order_id: UUID, region_code: int) -> bool:
    for post in platform_posts(region_code):
        with enter_as_system(post.id):
            return is_wanted("sms", order_id)
    return False


def _telling(matter: Matter) -> dict[str, NoticeHours | list[str]]:
    """What is sent of an order outside its page, in the words of the steps, and the hours of its place."""
    transitions = flow_of(matter).transitions
    told = {
        in_words(step.told or step.name): None
        for key, step in transitions.items()
        if any(channel in OUTSIDE for _found, channel in routes(key, matter.region_code))
    }
    return {"hours": hours_of(matter.region_code), "told": list(told)}
