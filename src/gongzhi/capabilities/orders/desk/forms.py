"""The desk's forms: one for each step that the flow offers, built from what the step needs."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongzhi.capabilities.orders.commands.erasing import desk_reasons
from gongzhi.capabilities.orders.definitions import Category
from gongzhi.capabilities.orders.desk.words import holder_words, told
from gongzhi.capabilities.orders.queries import Holder, Shown
from gongzhi.capabilities.orders.queries.replies import Said
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.people.models import Post
from gongzhi.workflow.definitions import Transition
from gongzhi.workflow.engine import Given
from gongzhi.workflow.given import reasons_of

TALK = ("message", "note", "chase", "ask_decision", "oversee", "answer_oversight", "answer_help")
GRAVE = ("void", "decline")
FIRST = (
    *("decide_competence", "dispatch", "take_in", "transfer", "check", "send_back"),
    *("grant_extension", "refuse_extension", "hand_up", "hand_down", "ask_hand", "release_hand", "part_done"),
)
"""What the desk is there for stands first; what cannot be undone stands last."""
MOST_DAYS = 60
FEW_REASONS = 5
"""So many choices stand open; more are folded into a list."""


class Seen(forms.Form):
    """What every form of an order carries: the version seen, and the key that makes it count once."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    client_id = forms.UUIDField(widget=forms.HiddenInput)

    def again(self, version: int) -> None:
        """Offer what was typed once more, on the version as it is now and under a new key."""
        self.data = {**self.data.dict(), "seen": str(version), "client_id": str(uuid7())}  # type: ignore[attr-defined]


class StepForm(Seen):
    """One step of the flow: holder, outcome, reason, days and words, as far as the step asks for them."""

    def __init__(self, data: QueryDict | None = None, *, step: str, shown: Shown) -> None:
        initial = {"seen": shown.matter.version, "client_id": uuid7(), "holder": _chosen(shown)}
        super().__init__(data, auto_id=f"id_{step}_%s", initial=initial)
        transition = shown.steps[step]
        for name in ("holder", "helper", "outcome", "reason", "days", "words"):
            if name in transition.needs or name in transition.optional:
                self.fields[name] = _field(name, transition, shown=shown, step=step)

    def given(self) -> Given:
        """What was said, as the command takes it. Only for a valid form."""
        said = self.cleaned_data
        holder = said.get("holder")
        return Given(
            words=said.get("words", ""),
            reason=said.get("reason", ""),
            outcome=said.get("outcome", ""),
            holder=Post.objects.filter(pk=holder).first() if holder else None,
            helper=Post.objects.filter(pk=said["helper"]).first() if said.get("helper") else None,
            days=said.get("days") or 0,
        )


class CategoryForm(Seen):
    """What the order is about, in the desk's judgement."""

    category = forms.ChoiceField(label=gettext_lazy("类别"))

    def __init__(self, data: QueryDict | None = None, *, shown: Shown) -> None:
        initial = {
            "seen": shown.matter.version,
            "client_id": uuid7(),
            "category": shown.order.category or (shown.proposal.category if shown.proposal else ""),
        }
        super().__init__(data, auto_id="id_category_%s", initial=initial)
        self.fields["category"].choices = categories(shown.matter.region_code)  # type: ignore[attr-defined]


class EraseForm(forms.Form):
    """How the resident asked for the deletion, and the order's number typed, so that no slip deletes."""

    client_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)
    reason = forms.ChoiceField(label=gettext_lazy("居民是怎样要求的"), widget=forms.RadioSelect)
    number = forms.CharField(label=gettext_lazy("照抄这件事的编号，确认删除"), max_length=24)

    def __init__(self, data: QueryDict | None = None, *, number: str) -> None:
        super().__init__(data, auto_id="id_erase_%s")
        self.asked_for = number
        self.fields["reason"].choices = list(desk_reasons().items())  # type: ignore[attr-defined]
        self.fields["number"].widget.attrs["autocomplete"] = "off"

    def clean_number(self) -> str:
        """The number as typed. Refuses another one than the order's."""
        typed: str = self.cleaned_data["number"].strip().upper()
        if typed != self.asked_for:
            raise forms.ValidationError(_("编号不对，没有删除。请照抄页面上的编号。"))
        return typed


class ReasonForm(forms.Form):
    """Why personal data is to be read."""

    reason = forms.CharField(
        label=gettext_lazy("查看原因"),
        max_length=200,
        help_text=gettext_lazy("至少四个字，例如“回访核实处理结果”。会留下记录。"),
    )


class PhoneForm(ReasonForm):
    """A telephone to look up by exact match."""

    phone = forms.CharField(label=gettext_lazy("电话号码"), max_length=30)
    field_order = ("phone", "reason")


@dataclass(frozen=True)
class Offered:
    """A step with its form, as the page shows it. `group`: `act`, `talk` or `grave`."""

    key: str
    name: str
    form: StepForm
    group: str
    open: bool = False
    replies: list[Said] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)


def takes_words(shown: Shown) -> list[str]:
    """The steps offered with which words may be said."""
    return [key for key, each in shown.steps.items() if "words" in [*each.needs, *each.optional]]


def offered(
    shown: Shown,
    bound: StepForm | None = None,
    *,
    step: str = "",
    replies: dict[str, list[Said]] | None = None,
) -> list[Offered]:
    """Every step that the desk may take now; `bound` is the form of `step` that came back."""
    found = [
        Offered(
            key=key,
            name=told(transition.name),
            form=bound if bound is not None and key == step else StepForm(step=key, shown=shown),
            group="talk" if key in TALK else "grave" if key in GRAVE else "act",
            open=bound is not None and key == step,
            replies=(replies or {}).get(key, []),
            rules=_rules(shown, key),
        )
        for key, transition in shown.steps.items()
        if "stars" not in transition.needs
    ]
    return sorted(found, key=_place)


def _rules(shown: Shown, step: str) -> list[str]:
    """The rules that a step rests on: by which the holder may refuse it, or a post that might be chosen."""
    if step == "refuse":
        return [shown.outside.words] if shown.outside is not None else []
    if "holder" not in shown.steps[step].needs:
        return []
    return sorted({each.outside.words for each in shown.holders if each.outside is not None})


def _place(step: Offered) -> tuple[int, int, str]:
    first = FIRST.index(step.key) if step.key in FIRST else len(FIRST)
    return (["act", "talk", "grave"].index(step.group), first, step.key)


def categories(region_code: int) -> list[tuple[str, Any]]:
    """The categories of a place, each under its parent."""
    found = definitions.all_of(Category, region_code=region_code)
    below: dict[str, list[tuple[str, str]]] = {}
    for each in found:
        if each.body.parent:
            below.setdefault(each.body.parent, []).append((each.key, told(each.body.name)))
    choices: list[tuple[str, Any]] = [("", _("请选择"))]
    for each in found:
        if each.body.parent is None:
            name = told(each.body.name)
            choices.append((name, [(each.key, name), *below.get(each.key, [])]))
    return choices


def holder_choices(holders: Iterable[Holder], places: dict[int, str]) -> list[tuple[str, str]]:
    """The posts to choose from, each with its place and load. `places`: the names of their places."""
    return [(str(holder.post.id), holder_words(holder, places)) for holder in holders]


def _chosen(shown: Shown) -> UUID | None:
    return shown.proposal.choice.holder if shown.proposal else None


def _field(name: str, transition: Transition, *, shown: Shown, step: str) -> forms.Field:
    required = name in transition.needs
    if name == "days":
        return forms.IntegerField(label=_("天数"), min_value=1, max_value=MOST_DAYS, required=required)
    if name == "words":
        return forms.CharField(
            label=_words_label(step),
            required=required,
            max_length=4000,
            widget=forms.Textarea(attrs={"rows": 3}),
        )
    choices = _choices(name, transition, shown=shown, step=step)
    label = {"holder": _("由谁办理"), "helper": _("由谁协办"), "outcome": _("办理结果"), "reason": _("原因")}[
        name
    ]
    if name not in {"holder", "helper"} and len(choices) <= FEW_REASONS:
        return forms.ChoiceField(label=label, choices=choices, required=required, widget=forms.RadioSelect)
    return forms.ChoiceField(label=label, choices=[("", _("请选择")), *choices], required=required)


def _choices(name: str, transition: Transition, *, shown: Shown, step: str) -> list[tuple[str, str]]:
    if name == "holder" or (name == "helper" and step == "ask_hand"):
        return _posts(shown)
    if name == "helper":
        return [(str(each.id), each.title) for each in shown.helpers]
    if name == "outcome":
        return [(each, told(shown.flow.outcomes[each])) for each in transition.outcomes]
    return _reasons(transition, shown=shown)


def _posts(shown: Shown) -> list[tuple[str, str]]:
    others = [holder for holder in shown.holders if holder.post.id != shown.matter.holder_id]
    return holder_choices(others, shown.places)


def _reasons(transition: Transition, *, shown: Shown) -> list[tuple[str, str]]:
    return [(key, told(text)) for key, text in reasons_of(transition, shown.matter).items()]


def _words_label(step: str) -> str:
    known = {
        "message": _("回复内容（反映人会看到）"),
        "note": _("备注内容（只有工作人员看到）"),
        "chase": _("催办意见（只有工作人员看到）"),
        "oversee": _("督办意见：要说明什么（只有工作人员看到）"),
        "answer_oversight": _("对督办的说明（只有工作人员看到）"),
        "decline": _("说明（反映人会看到）"),
        "decide_competence": _("裁定的理由（反映人会看到）"),
        "refuse": _("还想说明的（反映人会看到）"),
        "ask_hand": _("要对方办哪一部分（只有工作人员看到）"),
        "part_done": _("办了什么（只有工作人员看到）"),
        "hand_down": _("下派的意见（只有工作人员看到）"),
        "report_up": _("说明（反映人会看到）"),
        "ask_decision": _("为什么说不准归谁（只有工作人员看到）"),
        "pass_on": _("要交代的话（反映人会看到）"),
        "return": _("说明（反映人会看到）"),
        "void": _("说明（反映人会看到）"),
    }
    return known.get(step, _("说明"))
