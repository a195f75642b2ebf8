"""What the field app's door hears and says, as its OpenAPI document tells it."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

MOST_COMMANDS = 100


class CommandIn(Schema):
    """One command from the field: made once on the device, applied once here."""

    client_id: UUID
    name: str
    subject: UUID
    seen: int | None = Field(default=None, ge=-(2**31), lt=2**31)
    occurred_at: datetime | None = None
    data: dict[str, Any] = {}


class CommandsIn(Schema):
    """A batch of commands, in the order in which they were given; `sent_at`: the device's own time as it sends."""

    commands: list[CommandIn]
    sent_at: datetime | None = None


class Refusal(Schema):
    """A refusal: its code, and words in the user's language; `detail`: which parts could not be read."""

    code: str
    message: str
    detail: list[str] = []


class PostOut(Schema):
    """A post that the actor holds."""

    id: UUID
    title: str


class TaskMatter(Schema):
    """The matter of a task, as a list shows it."""

    id: UUID
    number: str
    version: int
    kind_name: str
    state: str
    state_name: str
    village: str
    title_words: str
    urgent: bool


class TaskOut(Schema):
    """One task; `marks`: what time and people said of it."""

    id: UUID
    what: str
    what_name: str
    due_at: str | None
    overdue: bool
    marks: list[Literal["overseen", "raised", "urged", "reminded"]]
    matter: TaskMatter


class OfferOut(Schema):
    """An order that helpers may take: kind and village, no more."""

    id: UUID
    kind_name: str
    village: str
    recorded_at: str


class TodayOut(Schema):
    """The tasks of the actor's posts by due time, and the orders that a helper may take."""

    now: str
    post: list[PostOut]
    tasks: list[TaskOut]
    offers: list[OfferOut]


class Choice(Schema):
    """Something that may be chosen."""

    key: str
    name: str


class HoldersOut(Schema):
    """The posts that an order may be passed on to, the fittest first."""

    holders: list[Choice]


class ActionOut(Schema):
    """A step that the actor may take, and what it asks; `told`: the resident reads the words.

    `helpers`: the posts that help out, where one of them is to be chosen. `rule`: by which it may be taken, where it
    rests on one.
    """

    key: str
    name: str
    told: bool
    needs: list[str]
    optional: list[str]
    outcomes: list[Choice]
    reasons: list[Choice]
    replies: list[Choice]
    helpers: list[Choice]
    rule: str


class PointOut(Schema):
    """A place in WGS 84."""

    lon: float
    lat: float


class PhotoOut(Schema):
    """A photo, and where it is."""

    id: UUID
    url: str


class LineOut(Schema):
    """One line of an order's history."""

    at: str
    what: str
    who: str
    words: str


class MatterOut(Schema):
    """One order with what the actor may do about it."""

    id: UUID
    number: str
    version: int
    kind_name: str
    category_name: str
    state: str
    state_name: str
    region_name: str
    words: str
    place_text: str
    point: PointOut | None
    photos: list[PhotoOut]
    due_at: str | None
    can_call: bool
    resident_wishes: str
    timeline: list[LineOut]
    actions: list[ActionOut]


class Theirs(Schema):
    """How a matter stands now that somebody was quicker."""

    version: int
    state_name: str


class AnswerOut(Schema):
    """What became of one command, by its client id."""

    client_id: UUID
    status: Literal["done", "refused", "conflict"]
    code: str | None = None
    message: str | None = None
    answer: dict[str, Any] | None = None
    theirs: Theirs | None = None


class AnswersOut(Schema):
    """One answer a command, in their order."""

    answers: list[AnswerOut]


class PhotoAdded(Schema):
    """The photo that was added."""

    id: UUID


REFUSED = {status: Refusal for status in (400, 401, 403, 404, 409, 422)}
"""What every operation may answer when it does not do what it was asked."""
