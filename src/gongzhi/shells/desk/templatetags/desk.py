"""The desk's navigation. `{% load desk %}`."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.urls import reverse

from gongzhi.core.permissions.actor import ANYBODY
from gongzhi.shells.desk.registry import entries
from gongzhi.ui.audience import shells_of

register = template.Library()


@dataclass(frozen=True)
class Line:
    """One line of the navigation."""

    title: str
    icon: str
    url: str
    current: bool


@register.inclusion_tag("desk/_navigation.html", takes_context=True)
def desk_navigation(context: template.Context) -> dict[str, Any]:
    """The lists that the actor may open; the one whose address is nearest to this page's is current."""
    actor = getattr(context["request"], "actor", ANYBODY)
    found = [(entry, reverse(entry.url_name)) for entry in entries.entries(actor)]
    here = context["request"].path
    nearest = max((url for _, url in found if here.startswith(url)), key=len, default="")
    return {"lines": [Line(str(entry.title), entry.icon, url, url == nearest) for entry, url in found]}


@register.simple_tag(takes_context=True)
def may_open(context: template.Context, shell: str) -> bool:
    """Whether the actor's roles open a shell: `{% may_open "field" as field %}`."""
    return shell in shells_of(getattr(context["request"], "actor", ANYBODY))
