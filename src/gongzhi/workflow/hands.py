"""Whose hands a matter passed through: whoever handled it never checks it."""

from uuid import UUID

from django.db.models import QuerySet

from gongzhi.core.events.models import Event
from gongzhi.core.permissions.actor import Actor
from gongzhi.workflow.models import Matter, Round

HANDLING = ("accept", "start", "fulfil", "take")
"""Steps by which a matter is handled."""


def worked_on(actor: Actor, matter: Matter) -> bool:
    """Whether the actor's own sign-in handled this matter in its present round, or helped to place it."""
    if actor.pseudonym is None:
        return False
    return _handled(matter).filter(actor=actor.pseudonym).exists()


def hands_of(matter: Matter) -> set[UUID]:
    """Who handled this matter in its present round, or helped to place it: none of them checks it."""
    handled = _handled(matter).filter(actor__isnull=False).values_list("actor", flat=True)
    found = {*handled, matter.fulfilled_by, matter.assisted_by}
    return {each for each in found if each is not None}


def _handled(matter: Matter) -> QuerySet[Event]:
    since = (
        Round.objects.filter(matter=matter, number=matter.round).values_list("started_at", flat=True).first()
    )
    done = Event.objects.filter(thread=matter.id, data__step__in=HANDLING)
    return done.filter(recorded_at__gte=since) if since else done
