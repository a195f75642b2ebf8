"""The matrix of cast and view: what every address of the site answers to each member of the cast.

Every address of the URLconf stands here once; one that is missing fails the test. The order asked for was reported by
the resident, lies in the worker's hands and in the village of the worker and the village officer.
"""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from gongzhi.capabilities.orders.models import Photo
from gongzhi.capabilities.orders.pictures import read_picture
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.definitions.models import Definition
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import enter
from gongzhi.workflow.models import Matter
from tests import cast
from tests.orders.acting import dispatched, lamps, placed
from tests.orders.at_portal import jpeg

pytestmark = pytest.mark.django_db
PART = re.compile(r"<(?:\w+:)?(\w+)>")

CAST = {
    "none": "",
    "res": "resident",
    "ngh": "neighbour",
    "work": "worker",
    "owk": "outside_worker",
    "vol": "volunteer",
    "vill": "village",
    "desk": "desk",
    "ods": "outsider",
    "cnty": "county",
    "sup": "supervisor",
    "seal": "sealed",
    "adm": "admin",
}

# 302: asks for a sign-in first, or leads on. 401: the field app's door asks for it. 403: not one's affair. 404: not
# there, or not to be known of. 422: what was sent (nothing) is not enough; the page says so, and nothing changed.
EXPECTED = """
                                                   how  none res  ngh  work owk  vol  vill desk ods  cnty sup  seal adm
/accounts/login/                                   get  200  302  302  302  302  302  302  302  302  302  302  302  302
/accounts/logout/                                  get  302  200  200  200  200  200  200  200  200  200  200  200  200
/accounts/inactive/                                get  200  200  200  200  200  200  200  200  200  200  200  200  200
/accounts/signup/                                  get  200  302  302  302  302  302  302  302  302  302  302  302  302
/accounts/reauthenticate/                          get  302  200  200  200  200  200  200  200  200  200  200  200  200
/accounts/password/change/                         get  302  200  200  200  200  200  200  200  200  200  200  200  200
/accounts/2fa/                                     get  302  200  200  200  200  200  200  200  200  200  200  200  200
/accounts/2fa/authenticate/                        get  302  302  302  302  302  302  302  302  302  302  302  302  302
/accounts/2fa/reauthenticate/                      get  302  302  302  302  302  302  302  302  302  302  302  302  302
/accounts/2fa/totp/activate/                       get  302  302  302  302  302  302  302  302  302  302  302  302  302
/accounts/2fa/totp/deactivate/                     get  302  404  404  404  404  404  404  404  404  404  404  404  404
/accounts/2fa/recovery-codes/                      get  302  404  404  404  404  404  404  404  404  404  404  404  404
/accounts/2fa/recovery-codes/generate/             get  302  302  302  302  302  302  302  302  302  302  302  302  302
/accounts/2fa/recovery-codes/download/             get  302  404  404  404  404  404  404  404  404  404  404  404  404
/openapi.json                                      get  200  200  200  200  200  200  200  200  200  200  200  200  200
/i18n/setlang/                                     get  302  302  302  302  302  302  302  302  302  302  302  302  302
/field/api/today                                   get  401  200  200  200  200  200  200  200  200  200  200  200  200
/field/api/matters/<order_id>                      get  401  200  404  200  404  404  200  200  404  200  200  404  404
/field/api/matters/<order_id>/holders              get  401  404  404  200  404  404  404  404  404  404  404  404  404
/field/api/rings                                   get  401  200  200  200  200  200  200  200  200  200  200  200  200
/field/api/rings/<order_id>                        post 401  400  404  400  404  404  400  400  404  400  404  404  404
/field/api/drills/<drill_id>                       post 401  404  404  404  404  404  404  404  404  404  404  404  404
/field/api/commands                                post 401  400  400  400  400  400  400  400  400  400  400  400  400
/field/api/photos                                  post 401  422  422  422  422  422  422  422  422  422  422  422  422
/field/api/photos/<photo_id>                       get  401  200  404  200  404  404  200  200  404  200  200  404  404
/field/api/                                        get  404  404  404  404  404  404  404  404  404  404  404  404  404
/v/<place:code>/order/                             get  200  200  200  200  200  200  200  200  200  200  200  200  200
/v/<place:code>/report/                            get  200  200  200  200  200  200  200  200  200  200  200  200  200
/v/<place:code>/service/                           get  200  200  200  200  200  200  200  200  200  200  200  200  200
/v/<place:code>/urgent/                            get  200  200  200  200  200  200  200  200  200  200  200  200  200
/v/<place:code>/order/<slug:kind>/                 get  200  200  200  200  200  200  200  200  200  200  200  200  200
/v/<place:code>/qr.svg                             get  200  200  200  200  200  200  200  200  200  200  200  200  200
/v/<place:code>/poster/                            get  200  200  200  200  200  200  200  200  200  200  200  200  200
/follow/                                           get  200  200  200  200  200  200  200  200  200  200  200  200  200
/hooks/sms/                                        post 404  404  404  404  404  404  404  404  404  404  404  404  404
/n/<str:token>/                                    get  404  404  404  404  404  404  404  404  404  404  404  404  404
/r/<receipt:receipt>/                              get  200  200  200  200  200  200  200  200  200  200  200  200  200
/r/<receipt:receipt>/receipt/                      get  200  200  200  200  200  200  200  200  200  200  200  200  200
/r/<receipt:receipt>/qr.svg                        get  200  200  200  200  200  200  200  200  200  200  200  200  200
/r/<receipt:receipt>/photos/<uuid:photo>/          get  200  200  200  200  200  200  200  200  200  200  200  200  200
/r/<receipt:receipt>/erase/                        get  200  200  200  200  200  200  200  200  200  200  200  200  200
/r/<receipt:receipt>/data/                         get  200  200  200  200  200  200  200  200  200  200  200  200  200
/r/<receipt:receipt>/data/file/                    get  200  200  200  200  200  200  200  200  200  200  200  200  200
/r/<receipt:receipt>/photos/                       get  200  200  200  200  200  200  200  200  200  200  200  200  200
/r/<receipt:receipt>/notices/                      get  200  200  200  200  200  200  200  200  200  200  200  200  200
/r/<receipt:receipt>/neighbours/                   get  200  200  200  200  200  200  200  200  200  200  200  200  200
/r/<receipt:receipt>/stop/                         post 404  404  404  404  404  404  404  404  404  404  404  404  404
/shown/<uuid:summary>/<uuid:photo>/                get  404  404  404  404  404  404  404  404  404  404  404  404  404
/r/<receipt:receipt>/<slug:deed>/                  get  200  200  200  200  200  200  200  200  200  200  200  200  200
/r/<str:typed>/                                    get  404  404  404  404  404  404  404  404  404  404  404  404  404
/my/                                               get  302  200  200  200  200  200  200  200  200  200  200  200  200
/my/data/                                          get  302  200  200  200  200  200  200  200  200  200  200  200  200
/my/data/file/                                     get  302  404  404  404  404  404  404  404  404  404  404  404  404
/my/data/erase/                                    get  302  200  200  200  200  200  200  200  200  200  200  200  200
/my/notices/                                       get  302  200  200  200  200  200  200  200  200  200  200  200  200
/my/notices/wechat/                                get  302  302  302  302  302  302  302  302  302  302  302  302  302
/my/notices/wechat/back/                           get  302  302  302  302  302  302  302  302  302  302  302  302  302
/my/<slug:number>/                                 get  404  200  404  404  404  404  404  404  404  404  404  404  404
/my/<slug:number>/photos/<uuid:photo>/             get  404  200  404  404  404  404  404  404  404  404  404  404  404
/my/<slug:number>/erase/                           get  404  200  404  404  404  404  404  404  404  404  404  404  404
/my/<slug:number>/photos/                          get  404  200  404  404  404  404  404  404  404  404  404  404  404
/my/<slug:number>/neighbours/                      get  404  200  404  404  404  404  404  404  404  404  404  404  404
/my/<slug:number>/<slug:deed>/                     get  404  200  404  404  404  404  404  404  404  404  404  404  404
/                                                  get  200  200  200  200  200  200  200  200  200  200  200  200  200
/v/<place:code>/                                   get  200  200  200  200  200  200  200  200  200  200  200  200  200
/enter/                                            get  302  302  302  302  302  302  302  302  302  302  302  302  302
/robots.txt                                        get  200  200  200  200  200  200  200  200  200  200  200  200  200
/offline/                                          get  200  200  200  200  200  200  200  200  200  200  200  200  200
/desk/                                             get  302  403  403  403  403  403  200  200  200  200  200  200  302
/desk/changes/                                     get  302  403  403  403  403  403  200  200  200  200  200  200  403
/desk/places/                                      get  302  403  403  403  403  403  200  200  200  200  200  200  403
/desk/views/                                       get  302  403  403  403  403  403  200  200  200  200  200  200  403
/desk/views/tabs/                                  get  302  403  403  403  403  403  200  200  200  200  200  200  403
/desk/views/<uuid:view_id>/rename/                 post 302  403  403  403  403  403  302  302  302  302  302  302  403
/desk/views/<uuid:view_id>/move/                   post 302  403  403  403  403  403  302  302  302  302  302  302  403
/desk/views/<uuid:view_id>/remove/                 post 302  403  403  403  403  403  302  302  302  302  302  302  403
/desk/export.xlsx                                  get  302  403  403  403  403  403  200  200  200  200  200  200  403
/desk/tasks.xlsx                                   get  302  403  403  403  403  403  200  200  200  200  200  200  403
/desk/by-phone/                                    get  302  403  403  403  403  403  200  200  200  200  200  200  403
/desk/dispatch/                                    post 302  403  403  403  403  403  302  302  302  302  302  302  403
/desk/dispatch/done/                               post 302  403  403  403  403  403  200  200  200  200  200  200  403
/desk/calls/                                       get  302  403  403  403  403  403  200  200  200  200  200  200  403
/desk/orders/<slug:number>/call/                   get  302  403  403  403  403  403  200  200  404  200  200  404  403
/desk/quality/                                     get  302  403  403  403  403  403  200  200  200  200  200  200  403
/desk/quality/records/                             get  302  403  403  403  403  403  200  200  200  200  200  404  403
/desk/quality/export.xlsx                          get  302  403  403  403  403  403  200  200  200  200  200  404  403
/desk/notices/                                     get  302  403  403  403  403  403  200  200  200  200  200  200  403
/desk/notices/<uuid:delivery_id>/again/            post 302  403  403  403  403  403  404  404  404  404  404  404  403
/desk/orders/<slug:number>/notices/                get  302  403  403  403  403  403  200  200  404  200  200  404  403
/desk/rings/                                       get  302  403  403  403  403  403  200  200  200  200  200  200  200
/desk/orders/<slug:number>/rings/                  get  302  403  403  403  403  403  200  200  404  200  200  404  403
/desk/orders/<slug:number>/rings/answer/           post 302  403  403  403  403  403  302  302  404  302  404  404  403
/desk/drills/                                      get  302  403  403  403  403  403  200  200  200  200  200  200  403
/desk/drills/start/                                post 302  403  403  403  403  403  302  302  302  302  302  302  403
/desk/drills/<uuid:drill_id>/answer/               post 302  403  403  403  403  403  404  404  404  404  404  404  404
/desk/drills/<uuid:drill_id>/stop/                 post 302  403  403  403  403  403  404  404  404  404  404  404  403
/desk/sheets/                                      get  302  403  403  403  403  403  200  200  200  200  200  200  403
/desk/sheets/chosen/                               post 302  403  403  403  403  403  302  302  302  302  302  302  403
/desk/replies/                                     get  302  403  403  200  200  200  200  200  200  200  200  200  200
/desk/replies/<uuid:reply_id>/remove/              post 302  403  403  302  302  302  302  302  302  302  302  302  302
/desk/learning/                                    get  302  403  403  403  403  403  403  403  403  200  403  403  403
/desk/learning/records/                            get  302  403  403  403  403  403  403  403  403  200  403  403  403
/desk/learning/threshold/                          post 302  403  403  403  403  403  403  403  403  302  403  403  403
/desk/learning/use/                                post 302  403  403  403  403  403  403  403  403  302  403  403  403
/desk/many/undo/                                   post 302  403  403  403  403  403  200  200  200  200  200  200  403
/desk/many/<slug:what>/                            post 302  403  403  403  403  403  302  302  302  302  302  302  403
/desk/many/<slug:what>/done/                       post 302  403  403  403  403  403  422  422  422  422  422  422  403
/desk/orders/<slug:number>/                        get  302  403  403  403  403  403  200  200  404  200  200  404  403
/desk/orders/<slug:number>/steps/<slug:step>/      post 302  403  403  403  403  403  422  422  404  422  422  404  403
/desk/orders/<slug:number>/category/               post 302  403  403  403  403  403  422  422  404  422  422  404  403
/desk/orders/<slug:number>/release/                post 302  403  403  403  403  403  422  422  404  422  422  404  403
/desk/orders/<slug:number>/contact/                post 302  403  403  403  403  403  422  422  404  422  422  404  403
/desk/orders/<slug:number>/erase/                  post 302  403  403  403  403  403  422  422  404  422  422  404  403
/desk/orders/<slug:number>/alike/                  get  302  403  403  403  403  403  200  200  404  200  200  404  403
/desk/orders/<slug:number>/alike/<slug:other>/merge/ post 302 403 403 403  403  403  422  422  404  422  422  404  403
/desk/orders/<slug:number>/alike/<slug:other>/apart/ post 302 403 403 403  403  403  422  422  404  422  422  404  403
/desk/orders/<slug:number>/neighbours/             get  302  403  403  403  403  403  200  200  404  200  200  404  403
/desk/orders/<slug:number>/unmerge/                post 302  403  403  403  403  403  422  422  404  422  422  404  403
/desk/hotspots/                                    get  302  403  403  403  403  403  200  200  200  200  200  200  403
/desk/hotspots/merge/                              post 302  403  403  403  403  403  302  302  302  302  302  302  403
/desk/orders/<slug:number>/photos/<uuid:photo_id>/ get  302  403  403  403  403  403  200  200  404  200  200  404  403
/desk/people/                                      get  302  403  403  403  403  403  200  200  200  200  403  403  200
/desk/people/look/                                 get  302  403  403  403  403  403  200  200  200  200  403  403  200
/desk/asked/                                       get  302  403  403  200  200  200  200  200  200  200  200  200  200
/desk/asked/units/                                 get  302  403  403  403  403  403  403  403  403  200  200  403  403
/desk/people/new/                                  get  302  403  403  403  403  403  200  403  403  403  403  403  200
/desk/people/import/                               get  302  403  403  403  403  403  200  403  403  403  403  403  200
/desk/people/template.xlsx                         get  302  403  403  403  403  403  200  403  403  403  403  403  200
/desk/people/export.xlsx                           post 302  403  403  403  403  403  302  302  302  302  403  403  302
/desk/people/<uuid:person_id>/                     get  302  403  403  403  403  403  200  200  404  200  403  403  200
/desk/people/<uuid:person_id>/reveal/              post 302  403  403  403  403  403  422  422  404  422  403  403  422
/desk/people/<uuid:person_id>/erase/               post 302  403  403  403  403  403  422  403  403  403  403  403  422
/desk/people/<uuid:person_id>/account/             post 302  403  403  403  403  403  403  403  403  403  403  403  404
/desk/posts/                                       get  302  403  403  403  403  403  200  200  200  200  403  403  200
/desk/posts/new/                                   get  302  403  403  403  403  403  403  403  403  403  403  403  200
/desk/posts/import/                                get  302  403  403  403  403  403  403  403  403  403  403  403  200
/desk/posts/template.xlsx                          get  302  403  403  403  403  403  403  403  403  403  403  403  200
/desk/posts/export.xlsx                            get  302  403  403  403  403  403  200  200  200  200  403  403  200
/desk/posts/<uuid:post_id>/                        get  302  403  403  403  403  403  200  200  404  200  403  403  200
/desk/posts/<uuid:post_id>/edit/                   post 302  403  403  403  403  403  403  403  403  403  403  403  422
/desk/posts/<uuid:post_id>/find/                   post 302  403  403  403  403  403  403  403  403  403  403  403  422
/desk/posts/<uuid:post_id>/give/                   post 302  403  403  403  403  403  403  403  403  403  403  403  404
/desk/posts/<uuid:post_id>/approve/                post 302  403  403  403  403  403  403  403  403  403  403  403  404
/desk/posts/<uuid:post_id>/end/                    post 302  403  403  403  403  403  403  403  403  403  403  403  404
/desk/posts/<uuid:post_id>/close/                  post 302  403  403  403  403  403  403  403  403  403  403  403  302
/desk/audit/                                       get  302  403  403  403  403  403  403  403  403  403  200  403  200
/desk/regions/                                     get  302  403  403  403  403  403  200  200  200  200  200  200  200
/desk/regions/export.xlsx                          get  302  403  403  403  403  403  200  200  200  200  200  200  200
/desk/regions/rename/                              post 302  403  403  403  403  403  403  403  403  403  403  403  404
/desk/regions/draw/                                post 302  403  403  403  403  403  403  403  403  403  403  403  404
/desk/regions/table/                               post 302  403  403  403  403  403  403  403  403  403  403  403  404
/desk/regions/split/                               post 302  403  403  403  403  403  403  403  403  403  403  403  404
/desk/regions/merge/                               get  302  403  403  403  403  403  403  403  403  403  403  403  404
/desk/regions/divide/                              get  302  403  403  403  403  403  403  403  403  403  403  403  404
/desk/regions/follow/                              post 302  403  403  403  403  403  403  403  403  403  403  403  404
/desk/regions/joint/                               post 302  403  403  403  403  403  403  403  403  403  403  403  404
/desk/regions/joint/<uuid:joint_id>/dissolve/      post 302  403  403  403  403  403  403  403  403  403  403  403  302
/desk/regions/template.xlsx                        get  302  403  403  403  403  403  403  403  403  403  403  403  200
/desk/definitions/                                 get  302  403  403  403  403  403  200  200  200  200  200  200  200
/desk/definitions/<uuid:definition_id>/            get  302  403  403  403  403  403  200  200  200  200  200  200  200
/desk/definitions/moving/                          get  302  403  403  403  403  403  200  200  200  200  403  200  403
/desk/definitions/moving/done/                     post 302  403  403  403  403  403  302  302  302  302  403  302  403
/desk/calendar/                                    get  302  403  403  200  200  200  200  200  200  200  200  200  200
/desk/calendar/<str:token>.ics                     get  404  404  404  404  404  404  404  404  404  404  404  404  404
/desk/invitation/<str:token>/                      get  410  410  410  410  410  410  410  410  410  410  410  410  410
/field/                                            get  302  403  403  200  200  200  200  403  403  403  403  403  403
"""


def patterns(resolver: Any = None, before: str = "") -> dict[str, URLPattern]:
    """Every address of the site, as the URLconf writes it."""
    found: dict[str, URLPattern] = {}
    for each in (resolver or get_resolver()).url_patterns:
        route = before + str(each.pattern)
        found |= {route: each} if isinstance(each, URLPattern) else patterns(each, route)
    return found


def expected() -> dict[str, tuple[str, dict[str, int]]]:
    """Each address with how it is asked, and what it answers to whom."""
    head, *lines = EXPECTED.strip("\n").splitlines()
    table = {}
    for line in lines:
        route, how, *cells = line.split()
        answers = map(int, cells)
        table[route.removeprefix("/")] = how, dict(zip(head.split()[1:], answers, strict=True))
    return table


def test_no_address_is_missing() -> None:
    assert sorted(set(patterns()) ^ set(expected())) == []
    assert {tuple(answers) for _how, answers in expected().values()} == {tuple(CAST)}


@pytest.mark.parametrize("who", CAST)
def test_every_address_answers_as_it_should(who: str, settings: Any) -> None:
    settings.MFA_REQUIRED_FOR_DESK = False  # the second factor has its own tests
    made = parts()
    client = Client()
    if CAST[who]:
        client.force_login(cast.Account.objects.get(username=CAST[who]))
    wrong = {}
    for route, (how, answers) in expected().items():
        address = "/" + PART.sub(lambda part: str(made[part[1]]), route)
        answer = getattr(client, how)(address)
        if answer.status_code != answers[who]:
            wrong[route] = f"{answer.status_code}, not {answers[who]}"
    assert wrong == {}


def parts() -> dict[str, Any]:
    """What the addresses ask for: an order of the village with a photo, and what stands around it."""
    order_id, receipt = placed("resident", phone="13912345678", photos=[read_picture(jpeg().read())])
    dispatched(order_id)
    alike, _receipt = placed()
    with enter(person_id=cast.find("desk").person_id):
        other = Matter.objects.get(pk=alike).number
        photo = Photo.objects.get(order_id=order_id).id
        return {
            "code": cast.VILLAGE // 10**6,
            "kind": lamps(),
            "receipt": receipt,
            "typed": "abc",
            "other": other,
            "token": "abc",
            "order_id": order_id,
            "number": Matter.objects.get(pk=order_id).number,
            "deed": "withdraw",
            "step": "note",
            "what": "note",
            "photo": photo,
            "photo_id": photo,
            "person_id": cast.find("resident").person_id,
            "post_id": Post.objects.get(role="grid_worker", region_code=cast.VILLAGE).id,
            "joint_id": uuid7(),
            "view_id": uuid7(),
            "delivery_id": uuid7(),
            "reply_id": uuid7(),
            "summary": uuid7(),
            "drill_id": uuid7(),
            "definition_id": Definition.objects.order_by("id")[0].id,
        }
