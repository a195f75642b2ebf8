"""What a pack says about notices: what is told to whom, by which channel, in which words, and at which hours."""

from collections.abc import Iterable, Mapping
from datetime import time, timedelta
from typing import Any, ClassVar, Literal

from pydantic import Field

from gongzhi.capabilities.orders.notices import rules
from gongzhi.core.definitions.schema import Body, Effective, Sourced, Text, register

Audience = Literal["reporter", "handler", "desk", "checker", "upper", "followers"]
Channel = Literal["portal", "sms", "wechat"]
OUTSIDE: tuple[Channel, ...] = ("sms", "wechat")
REACHED_OUTSIDE = ("reporter",)
"""Whose address the order itself knows. Staff are told where their tasks stand, in the field app and at the desk."""
STAFF = {"handler", "desk", "checker", "upper"}


class WeChatTemplate(Body):
    """A template of the place's own official account: its id there, and what fills each of its fields."""

    template_id: str = Field(min_length=1, max_length=80)
    fields: dict[str, str] = Field(min_length=1)


class Notice(Sourced):
    """One line of the routing: when the step `event` of the flow is taken, `audience` is told by `channels`.

    `urgent`: it passes quiet hours and is not gathered with others; so does every notice of an urgent order.
    `text` may name {number}, {told} (the step in plain words) and {kind}. `off` takes back what a wider pack tells.
    """

    KIND: ClassVar[str] = "notice"

    event: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    audience: Audience = "reporter"
    channels: list[Channel] = Field(min_length=1)
    text: Text
    sms_template: str = ""
    wechat: WeChatTemplate | None = None
    urgent: bool = False
    off: bool = False


class NoticeHours(Sourced):
    """When nobody is disturbed (`quiet_from` to `quiet_until`), and for how long notices are gathered into one.

    `digest` names {count} and {lines}; `line`, said of each order, {number}, {told} and {kind}. `stop` stands behind
    every text message and names the {link} by which its reader stops them.
    """

    KIND: ClassVar[str] = "notice_hours"

    quiet_from: time
    quiet_until: time
    gather_minutes: int = Field(default=10, ge=0, le=24 * 60)
    language: Literal["zh", "en"] = "zh"
    digest: Text
    line: Text
    stop: Text

    @property
    def gather(self) -> timedelta:
        """The window in which notices for one person become one."""
        return timedelta(minutes=self.gather_minutes)

    @property
    def quiet(self) -> tuple[time, time]:
        """From when until when it is quiet."""
        return self.quiet_from, self.quiet_until


def notice_problems(notice: Notice, effective: Effective) -> Iterable[str]:
    """An event that no flow knows, a channel that cannot reach the audience, a placeholder that nothing fills."""
    steps = {key for flow in effective.of("flow").values() for key in getattr(flow, "transitions", {})}
    if steps and notice.event not in steps:
        yield f"no flow has the step {notice.event!r}; known are {', '.join(sorted(steps))}"
    outside = [channel for channel in notice.channels if channel in OUTSIDE]
    if outside and notice.audience not in REACHED_OUTSIDE:
        yield f"{notice.audience!r} has no address for {', '.join(outside)}; only `portal` reaches it"
    if "wechat" in outside and notice.wechat is None:
        yield "`wechat` needs the template of the place's own official account: `template_id` and `fields`"
    yield from _unknown(notice.text, rules.PLACEHOLDERS)
    for field, template in (notice.wechat.fields if notice.wechat else {}).items():
        yield from _unknown(Text(zh=template, en=template), rules.PLACEHOLDERS, where=f"the field {field!r}")


def hours_problems(hours: NoticeHours, effective: Effective) -> Iterable[str]:
    """A placeholder that nothing fills, or a digest that does not say what it gathers."""
    yield from _unknown(hours.digest, rules.DIGEST_PLACEHOLDERS)
    yield from _unknown(hours.line, rules.PLACEHOLDERS)
    yield from _unknown(hours.stop, rules.STOP_PLACEHOLDERS)
    for text in (hours.digest.zh, hours.digest.en):
        if "{lines}" not in text:
            yield f"“{text}” tells nothing of the orders; name {{lines}}"


def notice_example(body: Notice, example: Mapping[str, Any], *, effective: Effective) -> str | None:
    """An example `{with: {…}, says}`: None when the Chinese words come to the same."""
    said = rules.filled(body.text.zh, example["with"])
    return None if said == example["says"] else f"it says “{said}”"


def hours_example(body: NoticeHours, example: Mapping[str, Any], *, effective: Effective) -> str | None:
    """An example `{at: "HH:MM", quiet: true}`: None when it is so."""
    start, end = body.quiet
    found = rules.is_quiet(time.fromisoformat(example["at"]), start=start, end=end)
    return None if found is example["quiet"] else f"at {example['at']} it is {'' if found else 'not '}quiet"


def _unknown(text: Text, known: frozenset[str], *, where: str = "the text") -> Iterable[str]:
    for template in dict.fromkeys((text.zh, text.en)):
        try:
            strange = rules.placeholders(template) - known
        except ValueError as error:
            yield f"{where} “{template}” cannot be filled: {error}"
            continue
        for name in sorted(strange):
            yield f"{where} names {{{name}}}, which nothing fills; known are {', '.join(sorted(known))}"


register(Notice, check=notice_problems, example=notice_example)
register(NoticeHours, check=hours_problems, example=hours_example)
