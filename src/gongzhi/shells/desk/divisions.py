"""Merging and dividing places at the desk: what it would touch is shown first, then it is done and the posts follow."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from gongzhi.core.command.regions import Part, merge_regions, split_region
from gongzhi.core.command.running import Answer, Refused
from gongzhi.core.command.successors import Place, move_post, renew_joint_village
from gongzhi.core.people import queries as posts
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.core.regions import queries, rules
from gongzhi.core.regions.models import JointVillage, Region
from gongzhi.core.regions.rules import Level
from gongzhi.shells.desk.pages import only_for, place_of, try_out, with_rights
from gongzhi.shells.desk.people import MANAGE, UNREADABLE
from gongzhi.shells.desk.people_rows import PostLine, post_lines
from gongzhi.shells.desk.registry import open_matters

managers = only_for(with_rights(MANAGE))
MOST_PARTS = 6
DIVISIBLE = range(Level.TOWNSHIP, Level.MICRO_GRID + 1)
"""Levels whose places are merged and divided here; counties and wider come with the official divisions."""


def day_field() -> forms.DateField:
    """From which day a change counts."""
    return forms.DateField(
        label=gettext_lazy("从哪一天起"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("不填就是今天；可以补办以前的，不能预先办以后的，请到生效那天再办。"),
    )


class MergeForm(forms.Form):
    """Which places become one with this one, and what it will be called."""

    others = forms.MultipleChoiceField(
        label=gettext_lazy("并进来的地方"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("请至少选一个要并进来的地方。")},
    )
    name = forms.CharField(label=gettext_lazy("合并以后的名称"), max_length=100)
    on_date = day_field()

    def __init__(self, data: Any, *, here: Region) -> None:
        super().__init__(data, initial={"name": here.name})
        above = rules.parent_code(here.code, here.level)
        beside = queries.children(above, _level_above(here))
        self.regions = {region.text: region for region in beside if _alike(region, here)}
        choices = [(region.text, region.name) for region in self.regions.values()]
        self.fields["others"].choices = choices  # type: ignore[attr-defined]

    def merged(self) -> list[Region]:
        """The places that end, as chosen."""
        return [self.regions[text] for text in self.cleaned_data["others"]]


class DivideForm(forms.Form):
    """The parts of a place, which of them keeps the code, and where what lies inside goes."""

    on_date = day_field()

    def __init__(self, data: Any, *, here: Region, parts: int) -> None:
        super().__init__(data)
        self.parts = range(parts)
        self.children = queries.children(here.code, here.level)
        for part in self.parts:
            name = forms.CharField(
                label=_("第%(n)s部分的名称") % {"n": part + 1},
                max_length=100,
                initial=here.name if part == 0 else "",
            )
            self.fields[f"name_{part}"] = name
        numbered = [(str(part), _("第%(n)s部分") % {"n": part + 1}) for part in self.parts]
        self.fields["keeps"] = forms.ChoiceField(
            label=_("谁沿用原来的代码"),
            choices=[*numbered, ("", _("都用新代码"))],
            widget=forms.RadioSelect,
            required=False,
            initial="0",
            help_text=_("沿用代码的继续管以前的记录；都用新代码时，每一部分都看得到以前的记录。"),
        )
        for child in self.children:
            self.fields[f"in_{child.text}"] = forms.ChoiceField(
                label=child.name, choices=numbered, initial="0"
            )

        self.order_fields([*(name for name in self.fields if name != "on_date"), "on_date"])

    def names(self) -> list[str]:
        """What each part is called."""
        return [self.cleaned_data[f"name_{part}"] for part in self.parts]

    def split(self) -> list[Part]:
        """The parts, as the command takes them."""
        said = self.cleaned_data
        inside = {child: said[f"in_{child.text}"] for child in self.children}
        return [
            Part(
                name=said[f"name_{part}"],
                members=tuple(child.code for child, where in inside.items() if where == str(part)),
                keeps_code=said["keeps"] == str(part),
            )
            for part in self.parts
        ]


@dataclass(frozen=True)
class Touched:
    """What a merger or a division would touch. `posts` are chosen for; those `inside` follow by themselves."""

    grids: int
    matters: int
    posts: list[PostLine]
    inside: int
    joints: list[JointVillage]
    targets: list[tuple[str, str]]
    stays: str = ""


@managers
@require_http_methods(["GET", "POST"])
def merge(request: ActingRequest) -> HttpResponse:
    """Merge other places into this one: the preview by GET, the act by POST."""
    here = managed_place(request)
    data = request.POST if request.method == "POST" else request.GET if "name" in request.GET else None
    form, touched = MergeForm(data, here=here), None
    if form.is_bound and form.is_valid():
        said, ended = form.cleaned_data, form.merged()
        touched = _touched(ended, targets=[("0", said["name"])], first="0")
        if request.method == "POST":
            answer = _refusing(
                form,
                lambda: merge_regions(
                    actor=request.actor,
                    region_ids=[here.id, *(region.id for region in ended)],
                    name=said["name"],
                    on_date=said["on_date"],
                ),
            )
            if answer is not None:
                return _done(request, answer, codes=[here.text], ended=ended, touched=touched)
    context = {"here": here, "form": form, "touched": touched}
    return render(request, "desk/region_merge.html", context, status=UNREADABLE if form.errors else 200)


@managers
@require_http_methods(["GET", "POST"])
def divide(request: ActingRequest) -> HttpResponse:
    """Divide this place into parts: the preview by GET, the act by POST."""
    here = managed_place(request)
    asked = request.GET.get("parts", "")
    parts = min(max(int(asked), 2), MOST_PARTS) if asked.isdigit() else 2
    data = request.POST if request.method == "POST" else request.GET if "name_0" in request.GET else None
    form, touched = DivideForm(data, here=here, parts=parts), None
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        named = [(str(part), name) for part, name in enumerate(form.names())]
        touched = _touched([here], targets=named, first=said["keeps"], stays=said["keeps"])
        if request.method == "POST":
            answer = _refusing(
                form,
                lambda: split_region(
                    actor=request.actor, region_id=here.id, parts=form.split(), on_date=said["on_date"]
                ),
            )
            if answer is not None:
                return _done(request, answer, codes=answer["codes"], ended=[here], touched=touched)
    context = {
        "here": here,
        "form": form,
        "touched": touched,
        "parts": parts,
        "most": range(2, MOST_PARTS + 1),
    }
    return render(request, "desk/region_divide.html", context, status=UNREADABLE if form.errors else 200)


@managers
@require_POST
def follow(request: ActingRequest) -> HttpResponse:
    """Move posts that still stand at places that ended, each to the successor chosen for it."""
    here = managed_place(request, among=range(Level.COUNTY, Level.MICRO_GRID + 1))
    chosen = {
        post.id: place
        for post in posts.stranded_posts(*queries.reach(here.code, here.level))
        if (place := place_of(request.POST.get(f"post_{post.id}", "")))
    }
    _tell(request, moved=_carry(request, chosen, cause=None))
    return _to(here.code, here.level)


def managed_place(request: ActingRequest, *, among: Iterable[int] = DIVISIBLE) -> Region:
    """The standing place of the address. Refuses (404) one that the actor does not manage, or of another level."""
    place = place_of(request.GET.get("place", ""))
    found = queries.standing(*place) if place else None
    if found is None or found.level not in among or not request.actor.may(MANAGE, found.code):
        raise Http404
    return found


def stranded(here: Region, *, followed: bool) -> list[tuple[PostLine, list[Region]]]:
    """The posts of a place that stand where nothing stands any more, each with what its place became.

    `followed`: the place came after another, whose codes it reaches.
    """
    found = posts.stranded_posts(*(queries.reach(here.code, here.level) if followed else [here.interval]))
    if not found:
        return []
    after = queries.became((post.region_code, post.region_level) for post in found)
    return [(line, after[line.post.region_code, line.post.region_level]) for line in post_lines(found)]


def _level_above(here: Region) -> int:
    """The level of the region that holds this one directly."""
    above = rules.parent_code(here.code, here.level)
    return max(Level.VILLAGE, rules.deepest(above)) if here.level > Level.GRID else here.level - 1


def _alike(region: Region, here: Region) -> bool:
    return region.level == here.level and region.id != here.id


def _touched(ended: list[Region], *, targets: list[tuple[str, str]], first: str, stays: str = "") -> Touched:
    """Of a division into parts of which one keeps the code, `stays` names that part: its posts need not move."""
    places = [(region.code, region.level) for region in ended]
    at, inside = _posts_at(ended)
    counts = [queries.counts(*place) for place in places]
    ordered = sorted(targets, key=lambda target: target[0] != first)
    return Touched(
        grids=sum(n for each in counts for level, n in each.items() if level > ended[0].level),
        matters=open_matters(places),
        posts=post_lines(at),
        inside=inside,
        joints=queries.joint_villages_with(places),
        targets=ordered,
        stays=stays,
    )


def _posts_at(regions: list[Region]) -> tuple[list[Post], int]:
    """The posts at these regions themselves, and how many stand at what lies inside."""
    at, inside = [], 0
    for region in regions:
        low, high = region.interval
        for post in Post.objects.filter(region_code__range=(low, high), valid_to=None).order_by(
            "region_code", "id"
        ):
            if (post.region_code, post.region_level) == (region.code, region.level):
                at.append(post)
            elif post.region_level > region.level:
                inside += 1
    return at, inside


def _refusing(form: forms.Form, command: Callable[[], Answer]) -> Answer | None:
    """What the command answers; what it refuses stands on the form."""
    try:
        return command()
    except Refused as refused:
        form.add_error(
            "name" if refused.code == "region_name" and "name" in form.fields else None, refused.message
        )
        return None


def _done(
    request: ActingRequest, answer: Answer, *, codes: list[str], ended: list[Region], touched: Touched
) -> HttpResponse:
    """Let the posts and joint villages follow what was just merged or divided, and tell what became of each."""
    cause, level = UUID(answer["event"]), ended[0].level
    to = [(int(code), level) for code in codes]
    chosen: dict[UUID, Place] = {}
    for line in touched.posts:
        part = request.POST.get(f"post_{line.post.id}", "")
        if part.isdigit() and int(part) < len(to):
            chosen[line.post.id] = to[int(part)]
    chosen = {**chosen, **_renumbered(ended, known=chosen.keys())}
    stay = {
        line.post.id for line in touched.posts if chosen.get(line.post.id) == (line.post.region_code, level)
    }
    moved = _carry(request, {post: place for post, place in chosen.items() if post not in stay}, cause=cause)
    messages.success(request, _("区划已调整，以前的记录都保留。"))
    _tell(request, moved=moved)
    for joint in touched.joints:
        renew = partial(renew_joint_village, actor=request.actor, joint_id=joint.id, caused_by=cause)
        try_out(request, renew, words=_("联村“%(name)s”的成员已换成新的地方。") % {"name": joint.name})
    return _to(*to[0])


def _renumbered(ended: list[Region], *, known: Iterable[UUID]) -> dict[UUID, Place]:
    """Where the posts of grids go whose number changed with a division: there is one answer."""
    left = set(known)
    found = posts.stranded_posts(*(region.interval for region in ended))
    after = queries.became((post.region_code, post.region_level) for post in found)
    inside = [post for post in found if post.region_level > ended[0].level and post.id not in left]
    now = {post.id: after[post.region_code, post.region_level] for post in inside}
    return {post: (regions[0].code, regions[0].level) for post, regions in now.items() if len(regions) == 1}


def _carry(request: ActingRequest, chosen: dict[UUID, Place], *, cause: UUID | None) -> tuple[int, list[str]]:
    """Move each post to its place, one command each; tells how many went, and why others did not."""
    done, refusals = 0, []
    for post_id, place in chosen.items():
        try:
            with transaction.atomic():
                move_post(actor=request.actor, post_id=post_id, to=place, caused_by=cause)
            done += 1
        except Refused as refused:
            refusals.append(refused.message)
    return done, refusals


def _tell(request: ActingRequest, *, moved: tuple[int, list[str]]) -> None:
    done, refusals = moved
    if done:
        words = _("%(n)s个岗位移到了新的地方，连同任职人和没办完的事。") % {"n": done}
        messages.success(request, words)
    for message in dict.fromkeys(refusals):
        messages.error(request, message)


def _to(code: int, level: int) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('desk_regions')}?place={rules.short_text(code, level)}.{level}")
