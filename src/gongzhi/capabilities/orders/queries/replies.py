"""Words that are often said with a step: the pack's, and those that the actor's posts keep, filled for one order."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gongzhi.capabilities.orders.definitions import Reply
from gongzhi.capabilities.orders.queries.reading import Shown
from gongzhi.core.definitions import queries as definitions
from gongzhi.shells.desk.rules import filled


@dataclass(frozen=True)
class Said:
    """One reply to choose: its key in a form, its name, and its words as they would be sent."""

    key: str
    name: str
    words: str


def replies_for(shown: Shown, *, steps: Iterable[str]) -> dict[str, list[Said]]:
    """For each of the steps what may be said with it."""
    wanted = set(steps)
    found: dict[str, list[Said]] = {}
    if not wanted:
        return found
    facts, language = _facts(shown), get_language() or "zh"
    for each in definitions.all_of(Reply, region_code=shown.matter.region_code):
        said = Said(
            f"pack.{each.key}", each.body.name.of(language), filled(each.body.words.of(language), facts)
        )
        for step in wanted.intersection(each.body.steps):
            found.setdefault(step, []).append(said)
    for own in sorted(shown.replies, key=lambda each: each.name):
        if own.step in wanted:
            said = Said(f"own.{own.id}", own.name, filled(own.words, facts))
            found.setdefault(own.step, []).append(said)
    return found


def _facts(shown: Shown) -> dict[str, str]:
    matter = shown.matter
    holder = shown.posts.get(matter.holder_id) if matter.holder_id else None
    due = date_format(localtime(matter.due_at), _("n月j日")) if matter.due_at else ""
    return {
        "number": matter.number,
        "kind": shown.kind.name.of(get_language() or "zh"),
        "place": shown.place,
        "due": due,
        "holder": holder.title if holder else "",
    }
