"""Placing an order: by a resident with or without an account, by a helper for a resident, or by import."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from gongzhi.capabilities.orders import pictures, rules, telling
from gongzhi.capabilities.orders.definitions import OrderKind
from gongzhi.capabilities.orders.models import Order, OrderContact, OrderWords, Photo
from gongzhi.capabilities.orders.queries.proposing import attended_posts, words_at
from gongzhi.capabilities.orders.ringing.chain import ring_sealed
from gongzhi.core.command.people import Numbers
from gongzhi.core.command.running import Answer, Change, Refused, change
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.definitions.queries import Found
from gongzhi.core.people.cipher import blind_index
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.regions.rules import Level, floor_code
from gongzhi.workflow import engine
from gongzhi.workflow.definitions import Deadline
from gongzhi.workflow.models import Matter

LONGEST_TEXT = 4000
VILLAGE_AN_HOUR = 30
ADDRESS_AN_HOUR = 10
FLOOD = 10
"""So many times what one address may send is a flood: no desk could look through it."""


@dataclass(frozen=True, kw_only=True)
class NewOrder:
    """What a resident says. Only the kind and the place are asked for; all else may stay empty.

    `receipt` is the code that the form carried (also the key of an order placed without an account); `sealed`: it is
    about the village's own people. `address` is where an anonymous order came from, kept only as an hourly count.
    """

    kind: str
    region_code: int
    region_level: int
    receipt: str
    title: str = ""
    text: str = ""
    place_text: str = ""
    point: tuple[float, float] | None = None
    name: str = ""
    phone: str = ""
    share_phone: bool = False
    sealed: bool = False
    open_to_helpers: bool = False
    source: str = "portal"
    address: str = ""
    photos: list[pictures.Picture] = field(default_factory=list)


def place_order(*, actor: Actor, new: NewOrder, client_id: UUID) -> Answer:
    """Place an order and start its clock; the platform dispatches it at once, or its duty post is told.

    Refuses a place that no pack governs, an unknown kind, an order without a word or photo, a telephone that cannot be
    one, and a sealed order where the county has no post for them. What comes too thick from one address or for one
    village is not refused but set aside for the desk to see first (quarantine), without any puzzle to solve; a flood
    from one address is refused until the hour is over.
    """
    payload = {
        "kind": new.kind,
        "place": new.region_code,
        "text": new.text,
        "receipt": rules.hash_receipt(new.receipt),
    }
    with change(actor, "order.placed", client_id=client_id, payload=payload) as c:
        if c.kept is not None:
            return c.kept
        kind = _kind(new)
        _say_something(new)
        danger = sorted(rules.danger(f"{new.title} {new.text}", words_at(new.region_code)))
        matter = _matter(c, new, kind=kind, danger=danger)
        engine.begin(c, matter, key="place")
        add_order(c, matter, new=new, danger=danger[0] if danger else "")
        c.about(new.region_code, thread=matter.id)
        c.data(kind=new.kind, source=new.source, urgent=matter.urgent)
        if matter.sealed_to is None:
            c.after(lambda: telling.dispatch_soon(matter.id, new.region_code))
        if matter.urgent:
            _ring(c, matter)
        return c.answer(matter, id=matter.id, number=matter.number, version=1, danger=danger)


def _ring(c: Change, matter: Matter) -> None:
    """An urgent order rings at once."""
    if matter.sealed_to is not None:
        ring_sealed(c, matter)
    else:
        c.after(lambda: telling.ring_at(matter.id, matter.region_code, number=0, at=c.now))


def add_order(c: Change, matter: Matter, *, new: NewOrder, danger: str = "", **external: str) -> Order:
    """The rows of an order beside its matter: the order itself, the words, the contact, the photos."""
    lon, lat = new.point or (None, None)
    order = c.create(
        Order(
            id=matter.id,
            lon=lon,
            lat=lat,
            open_to_helpers=new.open_to_helpers and _opened(matter),
            danger=danger,
            **external,
        )
    )
    add_words(c, order, matter=matter, said=Said(new.title, new.text[:LONGEST_TEXT], new.place_text))
    if new.phone or new.name:
        columns = Numbers(phone=new.phone).columns()
        c.create(OrderContact(order=order, name=new.name.strip()[:60], share=new.share_phone, **columns))
    for picture in new.photos[: pictures.MOST_PHOTOS]:
        add_photo(c, order.id, picture=picture, by="resident")
    return order


def _opened(matter: Matter) -> bool:
    """Whether the pack opens this kind of order to helpers; a sealed one never is."""
    kind: OrderKind = definitions.by_id(matter.kind_id).body
    return kind.open_to_helpers and matter.sealed_to is None


@dataclass(frozen=True)
class Said:
    """The words of an order: what, more of it, and where."""

    title: str
    text: str
    place_text: str = ""

    @property
    def whole(self) -> str:
        """All of them, as dispatch and search read them."""
        return f"{self.title} {self.text} {self.place_text}"


def add_words(c: Change, order: Order, *, matter: Matter, said: Said) -> OrderWords:
    """The words of an order, as a row that can be erased and found."""
    kept = Said(said.title.strip()[:200], said.text.strip(), said.place_text.strip()[:200])
    return c.create(
        OrderWords(
            order=order,
            title=kept.title,
            text=kept.text,
            place_text=kept.place_text,
            bigrams=rules.bigrams(kept.whole),
            region_code=matter.region_code,
            recorded_at=matter.recorded_at,
            sealed=matter.sealed_to is not None,
        )
    )


def add_photo(c: Change, order_id: UUID, *, picture: pictures.Picture, by: str) -> Photo:
    """A photo's file and its row."""
    return c.create(
        Photo(
            order_id=order_id,
            by=by,
            path=pictures.keep(picture),
            width=picture.width,
            height=picture.height,
            size=len(picture.content),
            sha256=picture.sha256,
            at=c.now,
        )
    )


def _kind(new: NewOrder) -> Found[OrderKind]:
    pack = definitions.pack_over(new.region_code)
    if pack is None or pack.low is None:
        raise Refused("place", _("这个地方还没有开通服务。"))
    try:
        return definitions.get(OrderKind, new.kind, region_code=new.region_code)
    except LookupError:
        raise Refused("kind", _("请选择要办的事。")) from None


def _say_something(new: NewOrder) -> None:
    if not (new.text.strip() or new.photos or new.title.strip()):
        raise Refused("text", _("请写一句话，或者附一张照片。"))


def _matter(c: Change, new: NewOrder, *, kind: Found[OrderKind], danger: list[str]) -> Matter:
    body = kind.body
    urgent = body.urgent or bool(danger)
    deadline_key = "urgent" if urgent else body.deadline
    actor = c.actor
    helped = actor.pseudonym is not None and new.source == "assisted"
    return Matter(
        number=new_number(c.now),
        subject="orders",
        family=body.family,
        kind=new.kind,
        kind_id=kind.id,
        flow_id=definitions.get("flow", body.flow, region_code=new.region_code).id,
        deadline_id=definitions.get(Deadline, deadline_key, region_code=new.region_code).id,
        state="",
        region_code=new.region_code,
        region_level=new.region_level,
        sealed_to=sealed_post(new.region_code) if new.sealed else None,
        reporter=None if helped else actor.pseudonym,
        receipt_hash=rules.hash_receipt(new.receipt),
        assisted_by=actor.pseudonym if helped else None,
        source=new.source,
        urgent=urgent,
        quarantined=_too_thick(c, new),
        occurred_at=c.now,
        recorded_at=c.now,
    )


def new_number(now: datetime) -> str:
    """A number for a new order."""
    return rules.order_number(timezone.localdate(now), secrets.randbits(30))


def sealed_post(region_code: int) -> UUID:
    """The county's post for sealed orders. Refuses, with another way, where nobody holds one."""
    county = floor_code(region_code, Level.COUNTY)
    posts = Post.objects.filter(role="county_sealed", region_code=county, valid_to__isnull=True)
    ids = list(posts.order_by("valid_from", "id").values_list("id", flat=True))
    attended = attended_posts(ids) if ids else set()
    post = next((each for each in ids if each in attended), None)
    if post is None:
        raise Refused("sealed", _("本县还没有专人受理此类反映，请拨打 12388 或向县纪委监委反映。"))
    return post


def _too_thick(c: Change, new: NewOrder) -> bool:
    if c.actor.pseudonym is not None or not new.address:
        return False
    hour = c.now.replace(minute=0, second=0, microsecond=0)
    keys = [blind_index(f"{new.address}|{hour:%Y%m%d}").hex()]
    if not new.sealed:  # a village's count would tell of it
        keys.append(f"v{floor_code(new.region_code, Level.VILLAGE)}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT orders_count_intake(%s, %s)", [keys, hour])
        counts = cursor.fetchone()[0]
    limits = getattr(settings, "INTAKE_AN_HOUR", (ADDRESS_AN_HOUR, VILLAGE_AN_HOUR))
    if counts[0] > limits[0] * FLOOD:
        raise Refused(
            "flood", _("从您这里提交的太多了，请过一小时再来。急事请打 110、119、120，别的事请打电话给村里。")
        )
    return any(count > limit for count, limit in zip(counts, limits, strict=False))
