"""What is said of ringing: steps, channels and what became of each, in plain words. Posts, never persons."""

from datetime import timedelta

from django.utils.translation import gettext as _

from gongzhi.capabilities.orders.ringing.models import Ring


def who_words(who: str) -> str:
    """Whom a step of the chain is for."""
    return {
        "handler": _("经办岗位"),
        "village": _("村值班岗位"),
        "township": _("乡镇值班岗位"),
        "county": _("县值班岗位"),
        "sealed": _("县里指定的专人"),
        "end": _("整条链都响过了"),
    }.get(who, who)


def channel_words(channel: str) -> str:
    """By what it rings."""
    return {"page": _("打开的页面"), "sms": _("短信"), "voice": _("语音电话")}.get(channel, channel)


def way_words(row: Ring) -> tuple[str, str]:
    """One way by which a post was rung, with its tone: a call that may have been made is said to be uncertain."""
    if row.channel == "page":
        return _("页面响铃"), "done"
    states = {
        "queued": (_("等着发"), "waiting"),
        "sent": (_("已发出"), "done"),
        "delivered": (_("已送达"), "done"),
        "failed": (_("没有发出"), "bad"),
        "uncertain": (_("不确定是否发出"), "warn"),
        "dropped": (_("没有发"), "waiting"),
    }
    reasons = {
        "no_address": _("岗位没有公开电话"),
        "over": _("已经有人接了"),
        "unreachable": _("连不上网关"),
        "no_answer": _("网关没有回答"),
        "too_many": _("网关要求慢一点"),
    }
    state, tone = states.get(row.state, (row.state, "done"))
    reason = reasons.get(row.reason, row.reason)
    words = f"{channel_words(row.channel)} {state}"
    return (f"{words}（{reason}）" if reason else words), tone


def outcome_words(outcome: str, *, over: bool = False) -> tuple[str, str]:
    """What came of a ring, with its tone. `over`: its time has passed, and the next was rung."""
    if outcome == "":
        return (_("没有人接"), "bad") if over else (_("正在响"), "warn")
    return {
        "accepted": (_("接了"), "done"),
        "other": (_("别的岗位接了"), "waiting"),
        "ended": (_("不响了"), "waiting"),
        "nobody": (_("没有人在岗"), "bad"),
    }.get(outcome, (outcome, "waiting"))


def lapse_words(lapse: timedelta) -> str:
    """A short time: minutes and seconds."""
    minutes, seconds = divmod(int(lapse.total_seconds()), 60)
    if not minutes:
        return _("%(s)s秒") % {"s": seconds}
    if not seconds:
        return _("%(m)s分钟") % {"m": minutes}
    return _("%(m)s分%(s)s秒") % {"m": minutes, "s": seconds}
