"""Template tags of the design system. `{% load ui %}`."""

from datetime import datetime
from typing import Any

from django import template
from django.forms import BaseForm, BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select
from django.http import HttpRequest, QueryDict
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from gongzhi.core.regions.names import plain_name
from gongzhi.core.regions.rules import short_text
from gongzhi.ui import dates

register = template.Library()

TONES = {
    "new": ("placed", "received", "draft"),
    "waiting": ("dispatched", "paused", "quarantined", "pending"),
    "working": ("accepted", "in_hand"),
    "good": ("fulfilled", "checked", "rated", "solved"),
    "warn": ("returned", "partly", "late", "reopened"),
    "bad": ("not_solved", "overdue", "refused"),
    "done": ("closed", "withdrawn", "void", "voided", "unknown", "not_ours", "duplicate"),
}
FLOW_TONES = {"waiting": "waiting", "moving": "working", "done": "good", "stopped": "done"}
TONE_ICONS = {
    "new": "inbox",
    "waiting": "hourglass",
    "working": "player-play",
    "good": "circle-check",
    "warn": "arrow-back-up",
    "bad": "alert-circle",
    "done": "check",
    "plain": "clock",
    "late": "alert-circle",
    "soon": "clock",
}
TONE_OF = {state: tone for tone, states in TONES.items() for state in states}


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """One icon of the sprite. With `label` it is an image with that name, else it is decoration."""
    href = f"{static('built/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="gz-icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, href
        )
    return format_html('<svg class="gz-icon" aria-hidden="true"><use href="{}"></use></svg>', href)


@register.simple_tag
def when(value: datetime | None, empty: str = "") -> SafeString | str:
    """A time in plain words, with the absolute time as title and in the machine's form."""
    if value is None:
        return empty
    words = dates.when_words(value, timezone.now())
    return _time(value, words)


@register.simple_tag
def when_full(value: datetime | None, empty: str = "") -> SafeString | str:
    """The absolute date and time, for print and for records."""
    return empty if value is None else _time(value, dates.absolute_words(value))


@register.simple_tag
def due(value: datetime | None) -> SafeString:
    """How far a deadline is, in words, an icon and a colour; the absolute time is its title."""
    now = timezone.now()
    tone = dates.due_tone(value, now)
    words = dates.due_words(value, now)
    inner = words if value is None else _time(value, words)
    return format_html('<span class="gz-due gz-due-{}">{}{}</span>', tone, icon(TONE_ICONS[tone]), inner)


@register.simple_tag
def state_badge(state: str, name: str, *, tone: str = "") -> SafeString:
    """A state as icon, words and colour. Colours mean the same on every page; words never fail.

    `tone` is a flow's own word for a state of a pack; without it the state's key tells.
    """
    tone = FLOW_TONES.get(tone) or TONE_OF.get(state, "plain")
    return format_html('<span class="gz-badge gz-tone-{}">{}{}</span>', tone, icon(TONE_ICONS[tone]), name)


@register.filter
def spaced(text: str, size: int = 4) -> str:
    """A long code in groups, so that it can be read aloud: `spaced:4`."""
    plain = text.replace("-", "").replace(" ", "")
    return " ".join(plain[start : start + size] for start in range(0, len(plain), size))


@register.filter
def short(code: int, level: int) -> str:
    """A region's code as addresses carry it: `code|short:level`."""
    return short_text(code, level)


@register.filter
def plain_place(name: str) -> str:
    """A village's name as one says it, without 村民委员会 and the like."""
    return plain_name(name)


@register.filter
def percent(share: float | None) -> str:
    """A share of one as a whole percentage; a dash where there is none to tell."""
    return "–" if share is None else f"{share * 100:.0f}%"


@register.filter
def tel(number: str) -> str:
    """A telephone number as a `tel:` address takes it."""
    return "".join(sign for sign in number if sign.isdigit() or sign == "+")


@register.inclusion_tag("ui/_field.html")
def field(bound: BoundField, hint: str = "") -> dict[str, Any]:
    """A form field with its label, hint and errors, tied together for screen readers."""
    described = []
    help_text = hint or bound.help_text
    if help_text:
        described.append(f"{bound.auto_id}_hint")
    if bound.errors:
        described.append(f"{bound.auto_id}_error")
    attrs: dict[str, str | bool] = {"class": _input_class(bound)}
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if bound.errors:
        attrs["aria-invalid"] = "true"
    return {
        "bound": bound,
        "widget": bound.as_widget(attrs=attrs),
        "hint": help_text,
        "group": isinstance(bound.field.widget, RadioSelect | CheckboxSelectMultiple),
        "single_check": isinstance(bound.field.widget, CheckboxInput),
    }


@register.inclusion_tag("ui/_error_summary.html")
def error_summary(form: BaseForm) -> dict[str, Any]:
    """What is wrong with a form, on top of it, each line a link to its field."""
    lines = [
        (bound.id_for_label, bound.label, error, str(bound.label).endswith(("？", "?")))
        for bound in form
        for error in bound.errors
    ]
    return {"lines": lines, "general": form.non_field_errors(), "broken": bool(form.errors)}


@register.inclusion_tag("ui/_empty.html")
def nothing(
    title: str, words: str = "", *, action: str = "", url: str = "", icon: str = "inbox"
) -> dict[str, str]:
    """What a page shows where nothing is: that it is so, and what to do."""
    return {"title": title, "words": words, "action": action, "url": url, "icon": icon}


@register.inclusion_tag("ui/_keyset.html", takes_context=True)
def keyset(
    context: template.Context, *, after: str = "", before: str = "", total: str = ""
) -> dict[str, str]:
    """Next and previous page by key. `after` and `before` are the keys; the other filters are kept."""
    request: HttpRequest = context["request"]
    return {
        "next_url": _with_query(request.GET, after=after, before="") if after else "",
        "previous_url": _with_query(request.GET, after="", before=before) if before else "",
        "total": total,
    }


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """This page's address with some parameters changed; an empty value takes one away."""
    request: HttpRequest = context["request"]
    return _with_query(request.GET, **changes)


def _with_query(given: QueryDict, **changes: Any) -> str:
    kept = given.copy()
    kept.pop("elders", None)
    for key, value in changes.items():
        kept.pop(key, None)
        if value not in {"", None}:
            kept[key] = str(value)
    return f"?{kept.urlencode()}"


def _time(value: datetime, words: str) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', value.isoformat(), dates.absolute_words(value), words
    )


def _input_class(bound: BoundField) -> str:
    widget = bound.field.widget
    if isinstance(widget, CheckboxInput | RadioSelect | CheckboxSelectMultiple):
        return "gz-check form-check-input"
    if isinstance(widget, Select):
        return "gz-input form-select"
    return "gz-input form-control"
