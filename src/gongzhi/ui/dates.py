"""Times in plain words: how a resident or a grid worker would say them."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

HOUR = 3600
DAY = 24 * HOUR


def absolute_words(value: datetime) -> str:
    """The full date and time: 2026年11月22日 16:10."""
    local = timezone.localtime(value)
    return date_format(local, _("Y年n月j日 H:i"))


def day_words(value: datetime, now: datetime) -> str:
    """The day as one says it: 今天, 昨天, 明天, 11月20日, and the year where it is another one."""
    local, today = timezone.localtime(value), timezone.localdate(now)
    names = {0: _("今天"), -1: _("昨天"), 1: _("明天")}
    distance = (local.date() - today).days
    if distance in names:
        return names[distance]
    return date_format(local, _("n月j日") if local.year == today.year else _("Y年n月j日"))


def when_words(value: datetime, now: datetime) -> str:
    """Day and time as one says them: 今天 16:10. Within the last minute: 刚刚."""
    if timedelta(0) <= now - value < timedelta(minutes=1):
        return _("刚刚")
    return f"{day_words(value, now)} {timezone.localtime(value):%H:%M}"


def span_words(seconds: float) -> str:
    """A length of time in its largest fitting unit; never less than one minute."""
    if seconds >= 2 * DAY:
        return _counted_days(int(seconds // DAY))
    if seconds >= HOUR:
        hours = int(seconds // HOUR)
        return ngettext("%(count)d小时", "%(count)d小时", hours) % {"count": hours}
    minutes = max(1, int(seconds // 60))
    return ngettext("%(count)d分钟", "%(count)d分钟", minutes) % {"count": minutes}


def _counted_days(days: int) -> str:
    return ngettext("%(count)d天", "%(count)d天", days) % {"count": days}


def due_words(due_at: datetime | None, now: datetime) -> str:
    """How far the deadline is: 还剩3天, 已超期5小时, or that there is none."""
    if due_at is None:
        return _("没有期限")
    left = (due_at - now).total_seconds()
    if left < 0:
        return _("已超期%(span)s") % {"span": span_words(-left)}
    return _("还剩%(span)s") % {"span": span_words(left)}


def due_tone(due_at: datetime | None, now: datetime) -> str:
    """The tone of a deadline: `late` when past, `soon` within a day, else `plain`."""
    if due_at is None:
        return "plain"
    left = (due_at - now).total_seconds()
    if left < 0:
        return "late"
    return "soon" if left < DAY else "plain"
