"""The OpenAPI document of the installation: the field app's door as it describes itself, and the rest by hand."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from gongzhi import __version__
from gongzhi.capabilities.orders.field import api

DOOR = "/field/api/"
OTHERS = Path(__file__).with_name("openapi.yaml")
INFO = {
    "title": "Gongzhi",
    "version": __version__,
    "description": "What programs may ask of an installation. Signing in is by the session cookie of the pages; whoever"
    " changes something sends the token of the cookie csrftoken in the header X-CSRFToken.",
}


@cache
def document() -> dict[str, Any]:
    """OpenAPI 3.1, the same for every installation of a release."""
    found: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(path_prefix=DOOR), default=str))
    found["info"] = INFO
    found["paths"] |= yaml.safe_load(OTHERS.read_text(encoding="utf-8"))
    return found


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The document, for everybody."""
    text = json.dumps(document(), ensure_ascii=False, indent=1)
    return HttpResponse(text, content_type="application/json", headers={"Cache-Control": "max-age=3600"})


openapi.outside = True  # type: ignore[attr-defined]
