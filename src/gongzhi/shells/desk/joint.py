"""The form of a joint village 联村: which villages of a township or county act as one."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy

from gongzhi.core.regions import queries, rules
from gongzhi.core.regions.models import Region
from gongzhi.core.regions.names import plain_name
from gongzhi.core.regions.rules import Level

HOLDING = (Level.COUNTY, Level.TOWNSHIP)
"""Levels whose places hold joint villages."""


class JointForm(forms.Form):
    """The villages that act as one, and what they are called together."""

    joint_name = forms.CharField(label=gettext_lazy("联村的名称"), max_length=100)
    members = forms.MultipleChoiceField(
        label=gettext_lazy("由哪些村组成"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("至少选两个。各村照旧，只是一起议事、办事；随时可以解散。"),
        error_messages={"required": gettext_lazy("请至少选两个村。")},
    )

    def __init__(self, data: Any = None, *, here: Region) -> None:
        super().__init__(data, auto_id="id_joint_%s")
        inside = Region.objects.standing(timezone.localdate()).inside(*queries.reach(here.code, here.level))
        villages = list(
            inside.filter(level=Level.VILLAGE).only("code", "level", "name").order_by("code")[: queries.PAGE]
        )
        above = {}
        if here.level < Level.TOWNSHIP:
            above = {town.code: town.name for town in queries.children(here.code, here.level)}
        self.fields["members"].choices = [  # type: ignore[attr-defined]
            (each.text, _named(each, above)) for each in villages
        ]

    def chosen(self) -> list[tuple[int, int]]:
        """The members, as the command takes them."""
        return [(int(text), int(Level.VILLAGE)) for text in self.cleaned_data["members"]]


def _named(village: Region, above: dict[int, str]) -> str:
    town = above.get(rules.floor_code(village.code, Level.TOWNSHIP), "")
    return f"{town} {plain_name(village.name)}".strip()
