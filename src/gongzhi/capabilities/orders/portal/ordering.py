"""Placing an order in three screens: what kind; the words; how to reach you. It works without JavaScript."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from procrastinate.exceptions import ConnectorException

from gongzhi.capabilities.orders import rules
from gongzhi.capabilities.orders.commands import NewOrder, place_order
from gongzhi.capabilities.orders.commands.neighbours import follow_order
from gongzhi.capabilities.orders.definitions import OrderKind
from gongzhi.capabilities.orders.forms import ContactForm, WordsForm
from gongzhi.capabilities.orders.neighbours import FAMILY, Offered, Writing
from gongzhi.capabilities.orders.pictures import MOST_PHOTOS
from gongzhi.capabilities.orders.portal.busy import busy
from gongzhi.capabilities.orders.portal.drafts import Draft
from gongzhi.capabilities.orders.portal.neighbours import offers_shown
from gongzhi.capabilities.orders.portal.plain import in_words
from gongzhi.capabilities.orders.portal.web import client_address
from gongzhi.capabilities.orders.queries.neighbours import offered_near
from gongzhi.capabilities.orders.queries.proposing import words_at
from gongzhi.core.command.running import Conflict, Refused
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.definitions.queries import Found
from gongzhi.core.permissions.actor import Actor, enter
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.shells.portal.places import Place, place_or_404

AN_HOUR = 3600
FAMILIES = ("public_report", "proxy_service")
FOLLOW = "follow-"
"""Begins what the button of a neighbour's order sends; its id comes behind."""
FIELD_OF = {"sealed": "about_own", "phone": "phone"}
"""Beside which field a refusal of the command is shown; any other stands above the form."""


def kinds(request: ActingRequest, *, code: str, family: str = "") -> HttpResponse:
    """The first screen: what kind of thing it is, of one family or of both."""
    place = place_or_404(request, code)
    offered = kinds_at(place)
    groups = []
    for each in FAMILIES:
        tiles = [_tile(kind, place) for kind in offered if kind.body.family == each]
        if tiles and family in {"", each}:
            groups.append((family_name(each, place), tiles))
    other = next((each for each in FAMILIES if family and each != family), "")
    context = {
        "place": place,
        "groups": groups,
        "single": family != "",
        "other": family_name(other, place) if other else "",
        "other_url": _family_url(other, place) if other else "",
    }
    return render(request, "orders/portal/kinds.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def order(request: ActingRequest, *, code: str, kind: str) -> HttpResponse:
    """The second and the third screen, and the sending.

    While the database cannot answer, what was typed is shown again with how to send it once more.
    """
    try:
        return _order(request, code=code, kind=kind)
    except (OperationalError, InterfaceError, ConnectorException):
        return busy(request)


def _order(request: ActingRequest, *, code: str, kind: str) -> HttpResponse:
    """Enters by itself, because the receipt under which an order is placed comes with the form."""
    draft = Draft.read(request.POST.get("draft", "")) if request.method == "POST" else Draft.new()
    sending = request.POST.get("stage", "").startswith(("send", FOLLOW))
    receipt = rules.hash_receipt(draft.receipt) if sending else None
    with enter(person_id=getattr(request.user, "person_id", None), receipt=receipt) as actor:
        request.actor = actor
        place = place_or_404(request, code)
        if request.method != "POST" and place.short_code != code:
            return redirect("orders_order", code=place.short_code, kind=kind)
        chosen = next((each for each in kinds_at(place) if each.key == kind), None)
        if chosen is None:
            raise Http404(_("这里没有这一类"))
        return Screens(request, actor, place=place, kind=chosen, draft=draft).answer()


order.outside = True  # type: ignore[attr-defined]


def kinds_at(place: Place) -> list[Found[OrderKind]]:
    """The kinds of order that a place offers; none where no local pack governs it."""
    pack = definitions.pack_over(place.code)
    if pack is None or pack.low is None:
        return []
    return definitions.all_of(OrderKind, region_code=place.code)


@dataclass
class Screens:
    """One request to the second or third screen. Whatever goes wrong, what was typed is shown again."""

    request: HttpRequest
    actor: Actor
    place: Place
    kind: Found[OrderKind]
    draft: Draft

    def answer(self) -> HttpResponse:
        """Show the screen that the form asked for, or send."""
        if self.request.method != "POST":
            return self.show_words(self.words())
        stage = self.request.POST.get("stage", "")
        if stage == "send":
            return self.send()
        if stage == "back":
            return self.show_words(self.kept_words)
        if stage == "larger":
            return self.larger()
        if stage.startswith(FOLLOW):
            return self.follow(stage.removeprefix(FOLLOW))
        return self.take_words()

    # -- the second screen

    def words(self, *args: Any, **kwargs: Any) -> WordsForm:
        """The second screen's form."""
        return WordsForm(*args, has_photos=bool(self.draft.photos), **kwargs)

    def take_words(self) -> HttpResponse:
        """Check words and photos; what is good of them is kept."""
        form = self.read_words()
        if not form.is_valid():
            return self.show_words(form)
        return self.show_contact(self.contact(), words=form)

    def read_words(self) -> WordsForm:
        """The words with their photos, read and added to the draft."""
        if "drop_photos" in self.request.POST:
            self.draft = self.draft.without_photos()
        form = self.words(self.request.POST, self.request.FILES)
        if form.is_valid():
            form.read_photos(MOST_PHOTOS - len(self.draft.photos), MOST_PHOTOS)
            self.draft = self.draft.with_photos(form.pictures)
        return form

    def show_words(self, form: WordsForm) -> HttpResponse:
        """The second screen."""
        room = MOST_PHOTOS - len(self.draft.photos)
        return self._show(
            "orders/portal/words.html",
            form=form,
            room=room,
            photo_reason=in_words(self.kind.body.photo_reason),
        )

    # -- the third screen

    def contact(self, *args: Any, **kwargs: Any) -> ContactForm:
        """The third screen's form, with the questions that this kind asks."""
        body = self.kind.body
        return ContactForm(
            *args, asks_sealing=body.family == "public_report", asks_helpers=body.open_to_helpers, **kwargs
        )

    def show_contact(self, form: ContactForm, *, words: WordsForm, earlier: str = "") -> HttpResponse:
        """The third screen. Words of danger name the emergency numbers at once, before anything is sent."""
        text = str(words["text"].value() or "")
        loud = self.kind.body.urgent or bool(rules.danger(text, words_at(self.place.code)))
        near = [] if loud else self.offered(words, text=text)
        return self._show(
            "orders/portal/contact.html",
            form=form,
            words=words,
            text=text,
            loud=loud,
            earlier=earlier,
            near=offers_shown(near, place=self.place),
        )

    def offered(self, words: WordsForm, *, text: str) -> list[Offered]:
        """What was reported nearby and may be the same; nothing is looked for where it is a household's own affair."""
        if self.kind.body.family != FAMILY:
            return []
        point = words.point if words.is_bound and words.is_valid() else None
        writing = Writing(text=text, kind=self.kind.key, region_code=self.place.code, point=point)
        return offered_near(self.actor, writing)

    def follow(self, chosen: str) -> HttpResponse:
        """Follow a neighbour's order by the receipt that this form carries; nothing that was typed is kept."""
        try:
            follow_order(
                actor=self.actor,
                summary_id=UUID(chosen),
                region_code=self.place.code,
                client_id=self.draft.client_id,
                address=client_address(self.request),
            )
        except ValueError:
            raise Http404(_("没有这件事")) from None
        except Refused as refused:
            contact = self.contact(self.request.POST)
            contact.errors.clear()
            contact.add_error(None, refused.message)
            return self.show_contact(contact, words=self.words(self.request.POST))
        messages.success(self.request, _("关注了。这是您的回执，凭它看办到哪一步，请拍照、截屏或抄下来。"))
        return redirect("orders_followed", receipt=self.draft.receipt)

    def send(self) -> HttpResponse:
        """Place the order, and lead to its receipt."""
        words = self.words(self.request.POST)
        contact = self.contact(self.request.POST)
        if not words.is_valid():
            return self.show_words(words)
        if not contact.is_valid():
            return self.show_contact(contact, words=words)
        try:
            place_order(actor=self.actor, new=self._new(words, contact), client_id=self.draft.client_id)
        except OSError:  # the photos waited too long and were swept
            self.draft = self.draft.without_photos()
            words.add_error("photos", _("照片没有保存下来，请再选一次。"))
            return self.show_words(words)
        except Conflict as conflict:
            earlier = reverse("orders_followed", kwargs={"receipt": self.draft.receipt})
            self.draft = self.draft.again()
            contact.add_error(None, conflict.message)
            return self.show_contact(contact, words=words, earlier=earlier)
        except Refused as refused:
            return self._refused(refused, words=words, contact=contact)
        return redirect("orders_receipt", receipt=self.draft.receipt)

    def _new(self, words: WordsForm, contact: ContactForm) -> NewOrder:
        said, reached = words.cleaned_data, contact.cleaned_data
        return NewOrder(
            kind=self.kind.key,
            region_code=self.place.code,
            region_level=self.place.level,
            receipt=self.draft.receipt,
            text=said["text"],
            place_text=said["place_text"],
            point=words.point,
            name=reached["name"],
            phone=reached["phone"],
            share_phone=reached["share_phone"],
            sealed=contact.sealed,
            open_to_helpers=reached.get("open_to_helpers", False),
            address=client_address(self.request),
            photos=self.draft.pictures(),
        )

    def _refused(self, refused: Refused, *, words: WordsForm, contact: ContactForm) -> HttpResponse:
        if refused.code == "text":
            words.add_error("text", refused.message)
            return self.show_words(words)
        field = FIELD_OF.get(refused.code)
        contact.add_error(field if field in contact.fields else None, refused.message)
        answer = self.show_contact(contact, words=words)
        if refused.code == "flood":
            answer.status_code = 429
            answer["Retry-After"] = str(AN_HOUR)
        return answer

    # -- both

    def larger(self) -> HttpResponse:
        """The same screen again, in the size of type that its address asks for; nothing is checked yet."""
        if self.request.FILES:
            self.read_words()
        if self.request.POST.get("screen") != "contact":
            return self.show_words(self.kept_words)
        return self.show_contact(self.contact(initial=self.request.POST.dict()), words=self.kept_words)

    @cached_property
    def kept_words(self) -> WordsForm:
        """The words as they were typed, not checked."""
        return self.words(initial=self.request.POST.dict())

    def _show(self, template: str, **context: Any) -> HttpResponse:
        body = self.kind.body
        everywhere = {
            "place": self.place,
            "kind": self.kind,
            "kind_name": in_words(body.name),
            "kind_hint": in_words(body.hint),
            "bring": [in_words(each) for each in body.bring],
            "draft": self.draft.signed(),
            "photos": len(self.draft.photos),
            "most": MOST_PHOTOS,
            "loud": body.urgent,
            "kinds_url": _family_url(body.family, self.place),
            "signed_in": self.actor.pseudonym is not None,
        }
        if context.get("loud") is False:
            del context["loud"]
        return render(self.request, template, everywhere | context)


def _tile(kind: Found[OrderKind], place: Place) -> dict[str, Any]:
    return {
        "title": in_words(kind.body.name),
        "words": in_words(kind.body.hint),
        "icon": kind.body.icon,
        "url": reverse("orders_order", kwargs={"code": place.short_code, "kind": kind.key}),
    }


def family_name(family: str, place: Place) -> str:
    """What a family of orders is called at a place, as its pack says."""
    pack = definitions.pack_over(place.code)
    if pack is None:
        return ""
    brand = pack.manifest.body.brand
    return in_words(brand.report if family == "public_report" else brand.service)


def _family_url(family: str, place: Place) -> str:
    name = "orders_report" if family == "public_report" else "orders_service"
    return reverse(name, kwargs={"code": place.short_code})
