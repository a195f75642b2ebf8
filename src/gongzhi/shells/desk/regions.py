"""Divisions at the desk: what lies where, what it was called before, and the grids below a village."""

import json
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from gongzhi.core.command import grids
from gongzhi.core.command.regions import dissolve_joint_village, form_joint_village, rename_region
from gongzhi.core.command.running import Refused
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.core.regions import queries
from gongzhi.core.regions.models import Region
from gongzhi.core.regions.rules import GRIDS, Level
from gongzhi.shells.desk.divisions import DIVISIBLE, day_field, managed_place, managers, stranded
from gongzhi.shells.desk.joint import HOLDING, JointForm
from gongzhi.shells.desk.pages import desk_people, only_for, place_asked, place_of, try_out
from gongzhi.shells.desk.people import MANAGE, UNREADABLE, UploadForm
from gongzhi.ui.spreadsheets import TableError, download, read_table, table

SEEING = ("see_matters", "see_people", "manage_posts", "see_audit", "sealed")
viewers = only_for(desk_people)


class RenameForm(forms.Form):
    """A new name for a region."""

    name = forms.CharField(label=gettext_lazy("新名称"), max_length=100)
    on_date = day_field()


class GridForm(forms.Form):
    """A grid drawn by hand."""

    level = forms.TypedChoiceField(label=gettext_lazy("级别"), coerce=int)
    name = forms.CharField(label=gettext_lazy("名称"), max_length=100)
    boundary = forms.CharField(
        label=gettext_lazy("边界（GeoJSON）"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("可以以后再画。坐标用 WGS-84。"),
    )

    def __init__(self, data: Any = None, *, above: Region) -> None:
        super().__init__(data, auto_id="id_grid_%s")
        names = {Level.GRID: _("网格"), Level.SMALL_GRID: _("小网格"), Level.MICRO_GRID: _("微网格")}
        choices = [(int(level), names[level]) for level in GRIDS if level > above.level]
        self.fields["level"].choices = choices  # type: ignore[attr-defined]

    def clean_boundary(self) -> dict[str, Any] | None:
        """The boundary as data."""
        text = self.cleaned_data["boundary"].strip()
        if not text:
            return None
        try:
            found = json.loads(text)
        except ValueError as error:
            raise forms.ValidationError(_("这不是 GeoJSON，请检查括号和引号。")) from error
        if not isinstance(found, dict):
            raise forms.ValidationError(_("这不是 GeoJSON，请检查括号和引号。"))
        return found


class SplitForm(forms.Form):
    """How many households a micro grid should have."""

    size = forms.IntegerField(
        label=gettext_lazy("每个微网格大约几户"), min_value=2, max_value=200, initial=10
    )


def columns() -> dict[str, str]:
    """The columns of a table of grids: key and heading."""
    return {
        "village": _("村（名称或12位代码）"),
        "grid": _("网格"),
        "small_grid": _("小网格"),
        "micro_grid": _("微网格"),
    }


@viewers
@require_GET
def region(request: ActingRequest) -> HttpResponse:
    """One region: its path, what lies in it, what it was before; and what may be changed."""
    return _shown(request)


@managers
@require_POST
def rename(request: ActingRequest) -> HttpResponse:
    """Give the region a new name."""
    here = _here(request)
    form = RenameForm(request.POST, auto_id="id_rename_%s")
    if not form.is_valid():
        return _shown(request, rename_form=form)
    said = form.cleaned_data
    try:
        rename_region(
            actor=request.actor,
            region_id=here.id,
            name=said["name"],
            on_date=said["on_date"],
            seen=here.version,
        )
    except Refused as refused:
        form.add_error("on_date" if refused.code == "too_late" else "name", refused.message)
        return _shown(request, rename_form=form)
    messages.success(request, _("名称已更改，旧名称留作历史。"))
    return _back(request)


@managers
@require_POST
def draw(request: ActingRequest) -> HttpResponse:
    """Draw a grid by hand below the region."""
    here = _here(request)
    form = GridForm(request.POST, above=here)
    if not form.is_valid():
        return _shown(request, grid_form=form)
    said = form.cleaned_data
    try:
        grids.draw_grid(
            actor=request.actor,
            parent=(here.code, here.level),
            level=said["level"],
            name=said["name"],
            boundary=said["boundary"],
        )
    except Refused as refused:
        form.add_error("boundary" if refused.code == "boundary" else "name", refused.message)
        return _shown(request, grid_form=form)
    messages.success(request, _("已划出。"))
    return _back(request)


@managers
@require_POST
def draw_from_table(request: ActingRequest) -> HttpResponse:
    """Draw the grids of a table: all of them, or none, with every fault by row and column."""
    here = _here(request)
    form = UploadForm(request.POST, request.FILES)
    errors: list[Any] = []
    if form.is_valid():
        try:
            rows = read_table(form.cleaned_data["file"], columns())
            within = (here.code, here.level)
            done = grids.draw_grids_from_rows(actor=request.actor, within=within, rows=rows)
            messages.success(request, _("已划出 %(drawn)s 个网格。") % done)
            return _back(request)
        except grids.RowsRefused as refused:
            form.add_error("file", refused.message)
            errors = [(error.row, columns()[error.column], error.message) for error in refused.errors]
        except (TableError, Refused) as refused:
            form.add_error("file", getattr(refused, "message", str(refused)))
    return _shown(request, upload_form=form, errors=errors)


@managers
@require_POST
def split(request: ActingRequest) -> HttpResponse:
    """Divide the households of a village or grid into micro grids."""
    here = _here(request)
    form = SplitForm(request.POST)
    if not form.is_valid():
        return _shown(request, split_form=form)
    done = try_out(
        request,
        lambda: grids.split_households_into_micro_grids(
            actor=request.actor, parent=(here.code, here.level), size=form.cleaned_data["size"]
        ),
        words=_("住户已划入微网格。"),
    )
    return _back(request) if done else _shown(request, split_form=form)


@managers
@require_POST
def join(request: ActingRequest) -> HttpResponse:
    """Form a joint village out of villages of the place."""
    form = JointForm(request.POST, here=managed_place(request, among=HOLDING))
    if not form.is_valid():
        return _shown(request, joint_form=form)
    name, members = form.cleaned_data["joint_name"], form.chosen()
    try:
        form_joint_village(actor=request.actor, name=name, members=members)
    except Refused as refused:
        form.add_error("members", refused.message)
        return _shown(request, joint_form=form)
    messages.success(request, _("联村已成立。"))
    return _back(request)


@managers
@require_POST
def dissolve(request: ActingRequest, joint_id: UUID) -> HttpResponse:
    """Dissolve a joint village: its villages go on as they are."""
    try_out(
        request,
        lambda: dissolve_joint_village(actor=request.actor, joint_id=joint_id),
        words=_("联村已解散，各村照旧。"),
    )
    return _back(request)


@managers
@require_GET
def template(request: ActingRequest) -> HttpResponse:
    """The table of grids to be filled in."""
    return download(table(_("网格"), list(columns().values()), rows=[]), "grids.xlsx")


def _here(request: ActingRequest) -> Region:
    """The region that the address names. Refuses (404) one that does not stand."""
    place = place_of(request.GET.get("place", ""))
    found = queries.standing(*place) if place else None
    if found is None:
        raise Http404
    return found


def _back(request: ActingRequest) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('desk_regions')}?{request.GET.urlencode()}")


def _shown(request: ActingRequest, **more: Any) -> HttpResponse:
    place = place_asked(request, *SEEING)
    here = place.here
    manages = here is not None and request.actor.may(MANAGE, here.code)
    context: dict[str, Any] = {
        "place": place,
        "manages": manages,
        "successions": queries.successions(here.code, here.level) if here else [],
        "counts": _counts(here) if here else [],
        "aliases": queries.aliases(here.code, here.level) if here else [],
        "joints": queries.joint_villages(here.interval) if here and here.level in HOLDING else [],
    }
    if here is not None and manages:
        grid_holder = Level.VILLAGE <= here.level < Level.MICRO_GRID
        context |= {
            "rename_form": RenameForm(auto_id="id_rename_%s"),
            "grid_form": GridForm(above=here) if grid_holder else None,
            "split_form": SplitForm(auto_id="id_split_%s") if grid_holder else None,
            "upload_form": UploadForm(auto_id="id_upload_%s") if here.level >= Level.COUNTY else None,
            "headings": columns().values(),
            "divisible": here.level in DIVISIBLE,
            "joint_form": JointForm(here=here) if here.level in HOLDING else None,
            "stranded": stranded(here, followed=bool(context["successions"])),
        }
    context |= more
    wrong = any(isinstance(form, forms.Form) and form.errors for form in context.values())
    return render(request, "desk/regions.html", context, status=UNREADABLE if wrong else 200)


def _counts(here: Region) -> list[tuple[str, int]]:
    names = dict(Region._meta.get_field("level").flatchoices)
    found = queries.counts(here.code, here.level)
    return [(str(names[int(level)]), count) for level, count in sorted(found.items()) if level > here.level]
