"""What the platform makes of an order: category by its words, place by its words, holder by duty and load."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count
from django.utils import timezone

from gongzhi.capabilities.orders import rules
from gongzhi.capabilities.orders.definitions import DutyList, Lexicon, OrderKind, merge
from gongzhi.capabilities.orders.models import OrderWords
from gongzhi.capabilities.orders.queries.duties import outside_among
from gongzhi.capabilities.orders.queries.learned import likely_posts, opinion
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.events.models import Event
from gongzhi.core.people.models import Post
from gongzhi.core.regions import queries as regions
from gongzhi.core.regions.names import Named
from gongzhi.core.regions.rules import Level, interval
from gongzhi.workflow.models import Matter, Round, Task

MOST_CANDIDATES = 200
LETTING_GO = ("return", "pass_on", "refuse")
"""Steps by which a post lets an order go."""


@dataclass(frozen=True)
class About:
    """What an order of some kind is about by its words. `sure`: the words say so, and it belongs to the kind.

    `by`: who says so, the pack's words, the learned model or both; `default` where neither is sure.
    """

    category: str
    certainty: float
    reasons: tuple[str, ...]
    sure: bool
    by: str


@dataclass(frozen=True)
class Proposal(About):
    """What the platform makes of an order: its category and place by the words, its holder by duty and load."""

    choice: rules.Choice
    place: tuple[int, int] | None = None
    named: str = ""


def propose(
    matter: Matter, *, words: OrderWords | None = None, among: list[rules.Candidate] | None = None
) -> Proposal:
    """What the words and the posts say about an order, without changing anything.

    `words` and `among` (the candidates) are read where the caller has not read them yet.
    """
    words = words or OrderWords.objects.filter(order_id=matter.id).first()
    text = f"{words.title} {words.text}" if words else ""
    kind: OrderKind = definitions.by_id(matter.kind_id).body
    learned = opinion(text, matter, categories=kind.categories)
    about = subject_of(decided(text, matter.region_code, kind=kind), kind, learned=learned)
    named = _place_named(matter, f"{text} {words.place_text}" if words else "")
    place = (named.code, named.level) if named else None
    if among is None:
        among = candidates(
            kind, place or (matter.region_code, matter.region_level), spared=returned_by(matter)
        )
    ids = [each.post for each in among]
    if about.sure:
        among = _by_duties(matter, among, category=about.category)
    likely = likely_posts(matter, category=about.category, among=ids) if about.sure else {}
    return Proposal(
        **vars(about),
        choice=rules.choose_holder(among, likely=likely),
        place=place,
        named=named.name if named else "",
    )


def _by_duties(matter: Matter, among: list[rules.Candidate], *, category: str) -> list[rules.Candidate]:
    """The candidates, with those marked whose list of duties leaves such orders out."""
    if matter.urgent or not definitions.all_of(DutyList, region_code=matter.region_code):
        return among
    posts = [Post(id=each.post, role=each.role, region_level=each.level) for each in among]
    shut = outside_among(matter, posts, category=category)
    return [replace(each, outside=each.post in shut) for each in among]


def decided(text: str, region_code: int, *, kind: OrderKind | None = None) -> rules.Decision:
    """What the lexicon of a place makes of a text, under the kind that the resident chose (if any).

    Where several categories are close, those of the chosen kind are weighed among themselves: the choice speaks too.
    """
    lexicon = next(iter(definitions.all_of(Lexicon, region_code=region_code)), None)
    bounds = {"certain": lexicon.body.certain, "least": lexicon.body.least} if lexicon else {}
    ranked = rules.classify(text, words_at(region_code))
    decision = rules.decide(ranked, **bounds)
    if kind is None or decision.why != "close_call":
        return decision
    chosen = rules.decide([guess for guess in ranked if guess.category in kind.categories], **bounds)
    return chosen if chosen.category else decision


def subject_of(decision: rules.Decision, kind: OrderKind, *, learned: rules.Opinion | None = None) -> About:
    """Lexicon and model together as they fit a kind of order; the kind's first category where neither is sure."""
    if decision.category is not None and decision.category not in kind.categories:
        decision = replace(decision, category=None, why="other_kind")
    found = rules.combine(decision, learned)
    if found.category is None:
        return About(kind.categories[0], 0.0, found.trace, False, "default")
    return About(found.category, found.certainty, found.trace, True, found.by)


def returned_by(matter: Matter) -> set[UUID]:
    """The posts that let the matter go since it was placed or reopened: gave it back, or passed it on."""
    if matter.state in ("", "received"):
        return set()
    began = Round.objects.filter(matter=matter, number=matter.round).values("started_at")[:1]
    returned = Event.objects.filter(thread=matter.id, data__step__in=LETTING_GO, recorded_at__gte=began)
    return {post for post in returned.values_list("post", flat=True) if post is not None}


def candidates(
    kind: OrderKind, place: tuple[int, int], *, spared: set[UUID] | None = None
) -> list[rules.Candidate]:
    """The posts whose role handles this kind and whose place holds the given one (code, level), with their load.

    `spared`: the posts that gave the order back.
    """
    line = regions.line_of(*place)
    posts = [
        post
        for post in Post.objects.filter(
            role__in=kind.holders, region_code__in={code for code, _level in line}, valid_to__isnull=True
        ).order_by("id")[:MOST_CANDIDATES]
        if (post.region_code, post.region_level) in line
    ]
    ids = [post.id for post in posts]
    attended = attended_posts(ids)
    open_tasks = Task.objects.filter(holder__in=ids, done_at__isnull=True).values_list("holder")
    loads = dict(open_tasks.annotate(count=Count("id")).order_by())
    return [
        rules.Candidate(
            post=post.id,
            on_duty=post.on_duty,
            attended=post.id in attended,
            open_load=loads.get(post.id, 0),
            role_rank=kind.holders.index(post.role),
            distance=place[1] - post.region_level,
            role=post.role,
            level=post.region_level,
            returned=post.id in (spared or ()),
        )
        for post in posts
    ]


def attended_posts(ids: list[UUID]) -> set[UUID]:
    """Those of the posts that somebody holds today."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT permissions_attended(%s, %s)", [ids, timezone.localdate()])
        return set(cursor.fetchone()[0] or [])


def words_at(region_code: int) -> rules.Words:
    """The lexicon in force at a place, kept while the installation stays the same."""
    pack = definitions.pack_over(region_code)
    key = (definitions.epoch(), pack.key if pack else None)
    found = _words.get(key)
    if found is None:
        found = _words[key] = merge(
            each.body for each in definitions.all_of(Lexicon, region_code=region_code)
        )
    return found


_words: dict[Any, rules.Words] = {}


def _place_named(matter: Matter, text: str) -> Named | None:
    if matter.region_level >= Level.VILLAGE or not text.strip():
        return None
    named = regions.places_named(text, interval(matter.region_code, matter.region_level))
    return named[-1] if named else None
