"""What the desk reads in words: states, kinds, the platform's reasons, how a due time came about."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gongzhi.capabilities.orders.queries import Holder
from gongzhi.capabilities.orders.queries.proposing import Proposal
from gongzhi.capabilities.orders.queries.reading import category_name
from gongzhi.capabilities.orders.rules import ends_open
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.definitions.schema import Text
from gongzhi.core.regions.names import plain_name
from gongzhi.ui.dates import absolute_words
from gongzhi.workflow.engine import flow_of
from gongzhi.workflow.models import Matter


def told(text: Text) -> str:
    """A definition's words in the reader's language."""
    return text.of(get_language() or "zh")


def state_name(matter: Matter) -> str:
    """The state of a matter, as its flow names it."""
    return told(flow_of(matter).states[matter.state].name)


def standing(matter: Matter) -> str:
    """The state of a matter as lists show it: what was closed and not solved says so."""
    outcome = flow_of(matter).outcomes.get(matter.outcome)  # type: ignore[call-overload]
    if matter.closed_at is None or outcome is None or not ends_open(matter.outcome):
        return state_name(matter)
    return f"{state_name(matter)} · {told(outcome)}"


def kind_name(matter: Matter) -> str:
    """What kind of order it is."""
    return told(definitions.by_id(matter.kind_id).body.name)


def task_name(matter: Matter, what: str) -> str:
    """What waits, as the flow names it."""
    task = flow_of(matter).tasks.get(what)
    return told(task.name) if task else what


def category_reasons(reasons: Iterable[str]) -> list[str]:
    """Why the platform takes an order to be about something."""
    known = {
        "no_words": _("内容里没有说明是哪一类的词"),
        "weak_words": _("内容里的词不够明确"),
        "close_call": _("像两类事，分不清是哪一类"),
        "other_kind": _("内容像另一类事，与所选事项不符"),
        "learned_unsure": _("模型的把握不到门槛"),
        "learned_other_kind": _("模型认为像另一类事，与所选事项不符"),
        "against_words": _("内容包的词指向另一类，以模型为准"),
    }
    words = [each.removeprefix("words:") for each in reasons if each.startswith("words:")]
    said = [_("内容里有“%(words)s”") % {"words": "”、“".join(words)}] if words else []
    learned = [each.removeprefix("learned:") for each in reasons if each.startswith("learned:")]
    if learned:
        said.append(_("从以往的事看，“%(words)s”说明是这一类") % {"words": "”、“".join(learned)})
    return said + [known[each] for each in reasons if each in known]


def choice_reasons(reasons: Iterable[str]) -> list[str]:
    """Why the platform would choose a post, or none."""
    known = {
        "role_fits": _("这类事首先由这个岗位办"),
        "next_role": _("首选岗位没有人，由次选岗位办"),
        "only_one": _("当地只有这一个在岗的岗位能办"),
        "usual_post": _("以往这类事大多由这个岗位办"),
        "near": _("离得最近"),
        "least_load": _("手头的事最少"),
        "overloaded": _("手头的事已经很多，但没有更合适的人"),
        "all_returned": _("能办的岗位都退回过，请受理员决定或上报"),
        "all_off_duty": _("能办的岗位都不在岗，请受理员决定"),
        "outside_list": _("能办的岗位按职责清单都可以拒办，请受理员决定或上报"),
        "nobody": _("当地没有能办的岗位，请受理员决定或上报"),
    }
    return [known[each] for each in reasons if each in known]


def _why_place(proposal: Proposal) -> list[str]:
    return [_("内容里写了“%(place)s”") % {"place": plain_name(proposal.named)}] if proposal.named else []


def proposal_words(proposal: Proposal, matter: Matter) -> dict[str, Any]:
    """A proposal in words: the category and how sure, the post and why."""
    return {
        "category": category_name(proposal.category, matter.region_code),
        "category_key": proposal.category,
        "percent": round(proposal.certainty * 100),
        "sure": proposal.sure,
        "why_category": category_reasons(proposal.reasons),
        "why_holder": [*_why_place(proposal), *choice_reasons(proposal.choice.reasons)],
        "holder": proposal.choice.holder,
    }


def holder_words(holder: Holder, places: dict[int, str]) -> str:
    """A post to choose, with its place, its load, and whether anybody is there."""
    facts = [places.get(holder.post.region_code, "")]
    if not holder.attended:
        facts.append(_("无人任职"))
    elif not holder.post.on_duty:
        facts.append(_("不在岗"))
    if holder.candidate is not None and holder.candidate.returned:
        facts.append(_("退回过"))
    if holder.outside is not None:
        facts.append(_("清单外，可拒办"))
    facts.append(_("手头%(count)s件") % {"count": holder.load})
    return f"{holder.post.title}（{'，'.join(fact for fact in facts if fact)}）"


def trace_words(trace: Iterable[dict[str, Any]], reasons: dict[str, Text]) -> list[str]:
    """How a due time came about, one line a step."""
    lines = [_trace_line(step, reasons) for step in trace]
    return [line for line in lines if line]


def _trace_line(step: dict[str, Any], reasons: dict[str, Text]) -> str:
    name = step.get("step", "")
    reason = reasons.get(step.get("reason", ""))
    facts = {
        "at": _moment(step.get("at")),
        "start": _moment(step.get("from")),
        "end": _moment(step.get("to")),
        "span": _span(step),
        "why": told(reason) if reason else "",
        "day": _day(step.get("on")),
        "name": step.get("name", ""),
        "year": step.get("year", ""),
    }
    return _trace_texts(step).get(name, "") % facts


def _trace_texts(step: dict[str, Any]) -> dict[str, str]:
    worked = step.get("working", False)
    return {
        "opened": _("%(at)s 开始"),
        "term": _("办理期限%(span)s，从 %(start)s 起算"),
        "extended": _("延期%(span)s %(why)s"),
        "paused": _("%(start)s 至 %(end)s 暂停，顺延 %(why)s"),
        "standing": _("%(start)s 起暂停计时 %(why)s"),
        "day": _("%(day)s %(name)s，上班") if worked else _("%(day)s %(name)s，不计"),
        "assumed": _("%(year)s 年的放假安排还没有公布，按周末推算"),
        "due": _("到 %(at)s 为止"),
    }


def _span(step: dict[str, Any]) -> str:
    amount = {"count": step.get("amount", 0)}
    return {
        "working_days": _("%(count)s个工作日"),
        "working_hours": _("%(count)s个工作小时"),
        "days": _("%(count)s天"),
        "hours": _("%(count)s小时"),
    }.get(step.get("unit", ""), "") % amount


def _moment(text: str | None) -> str:
    return absolute_words(datetime.fromisoformat(text)) if text else ""


def _day(text: str | None) -> str:
    return date_format(date.fromisoformat(text), _("n月j日")) if text else ""
