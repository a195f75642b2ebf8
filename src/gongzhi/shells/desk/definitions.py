"""What is installed: the packs that govern here, and the version of every definition."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import yaml
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from gongzhi.core.definitions import queries
from gongzhi.core.definitions.models import Current, Definition, Pack
from gongzhi.core.definitions.schema import Text
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.shells.desk.pages import desk_people, only_for
from gongzhi.shells.desk.registry import definition_pages

viewers = only_for(desk_people)


@dataclass(frozen=True)
class Line:
    """One definition in force."""

    id: UUID
    key: str
    name: str
    pack: str
    number: int
    installed_at: Any


@viewers
@require_GET
def listing(request: ActingRequest) -> HttpResponse:
    """The packs and, by kind, every definition in force with its version."""
    rows = Current.objects.select_related("definition", "pack").order_by("kind", "pack__key", "position")
    kinds: dict[str, list[Line]] = {}
    for row in rows.defer("definition__body"):
        found = queries.by_id(row.definition_id)
        kinds.setdefault(row.kind, []).append(
            Line(
                id=row.definition_id,
                key=row.key,
                name=_name(found.body),
                pack=row.pack.key,
                number=row.definition.number,
                installed_at=row.definition.installed_at,
            )
        )
    names = _kind_names()
    groups = sorted(
        ((names.get(kind, kind), kind, lines) for kind, lines in kinds.items()),
        key=lambda group: list(names).index(group[1]) if group[1] in names else len(names),
    )
    context = {
        "packs": Pack.objects.order_by("key"),
        "kinds": groups,
        "wanted": request.GET.get("kind", ""),
        "pages": definition_pages.entries(request.actor),
    }
    return render(request, "desk/definitions.html", context)


@viewers
@require_GET
def definition(request: ActingRequest, definition_id: UUID) -> HttpResponse:
    """One version, as it was installed, and the versions before and after it."""
    found = Definition.objects.select_related("pack").filter(pk=definition_id).first()
    if found is None:
        raise Http404
    versions = Definition.objects.filter(pack=found.pack, kind=found.kind, key=found.key)
    in_force = Current.objects.filter(definition=found).exists()
    context = {
        "definition": found,
        "kind": _kind_names().get(found.kind, found.kind),
        "name": _name(queries.by_id(found.id).body),
        "source": yaml.safe_dump(found.body, allow_unicode=True, sort_keys=False, width=100),
        "versions": versions.order_by("-number").defer("body"),
        "in_force": in_force,
    }
    return render(request, "desk/definition.html", context)


def _name(body: Any) -> str:
    """What a definition calls itself; empty where it has no name."""
    words: Any = getattr(body, "name", None)
    return str(words.of(get_language() or "zh")) if isinstance(words, Text) else ""


def _kind_names() -> dict[str, str]:
    return {
        "pack": _("内容包"),
        "order_kind": _("事项"),
        "category": _("类别"),
        "lexicon": _("词表"),
        "deadline": _("期限"),
        "calendar": _("工作时间"),
        "flow": _("流程"),
        "role": _("岗位种类"),
        "roster": _("名册"),
        "village_page": _("村页面"),
        "introduction": _("村情简介"),
    }
