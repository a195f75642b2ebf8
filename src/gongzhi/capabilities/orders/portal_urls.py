"""Addresses of the residents' side of orders. `<place:code>` is the portal shell's, which is read first."""

from importlib import import_module

from django.urls import path, register_converter

from gongzhi.capabilities.orders.notices import hooks
from gongzhi.capabilities.orders.portal import (
    adding,
    channels,
    consenting,
    erasing,
    following,
    neighbours,
    notices,
    ordering,
    own_data,
    posters,
    urgent,
)
from gongzhi.capabilities.orders.portal.web import ReceiptConverter

import_module("gongzhi.shells.portal.urls")
register_converter(ReceiptConverter, "receipt")

urlpatterns = [
    path("v/<place:code>/order/", ordering.kinds, name="orders_kinds"),
    path("v/<place:code>/report/", ordering.kinds, {"family": "public_report"}, name="orders_report"),
    path("v/<place:code>/service/", ordering.kinds, {"family": "proxy_service"}, name="orders_service"),
    path("v/<place:code>/urgent/", urgent.urgent, name="orders_urgent"),
    path("v/<place:code>/order/<slug:kind>/", ordering.order, name="orders_order"),
    path("v/<place:code>/qr.svg", posters.village_qr, name="orders_village_qr"),
    path("v/<place:code>/poster/", posters.poster, name="orders_poster"),
    path("shown/<uuid:summary>/<uuid:photo>/", neighbours.photo, name="orders_neighbour_photo"),
    path("follow/", following.ask, name="orders_follow"),
    path("hooks/sms/", hooks.sms, name="orders_sms_reports"),
    path("n/<str:token>/", notices.choice, name="orders_notices"),
    path("r/<receipt:receipt>/", following.follow, name="orders_followed"),
    path("r/<receipt:receipt>/receipt/", following.card, name="orders_receipt"),
    path("r/<receipt:receipt>/qr.svg", following.receipt_qr, name="orders_receipt_qr"),
    path("r/<receipt:receipt>/photos/<uuid:photo>/", following.photo, name="orders_photo"),
    path("r/<receipt:receipt>/photos/", adding.photos, name="orders_add_photos"),
    path("r/<receipt:receipt>/data/", own_data.of_receipt, name="orders_receipt_data"),
    path("r/<receipt:receipt>/data/file/", own_data.receipt_file, name="orders_receipt_file"),
    path("r/<receipt:receipt>/erase/", erasing.erase, name="orders_erase"),
    path("r/<receipt:receipt>/notices/", channels.of_receipt, name="orders_receipt_channels"),
    path("r/<receipt:receipt>/neighbours/", consenting.consent, name="orders_neighbours"),
    path("r/<receipt:receipt>/stop/", neighbours.stop, name="orders_stop_following"),
    path("r/<receipt:receipt>/<slug:deed>/", following.step, name="orders_step"),
    path("r/<str:typed>/", following.mistyped),
    path("my/", following.mine, name="orders_mine"),
    path("my/notices/", channels.own, name="orders_channels"),
    path("my/notices/wechat/", channels.to_wechat, name="orders_to_wechat"),
    path("my/notices/wechat/back/", channels.back_from_wechat, name="orders_wechat_back"),
    path("my/data/", own_data.own, name="orders_own_data"),
    path("my/data/file/", own_data.own_file, name="orders_own_file"),
    path("my/data/erase/", own_data.own_deletion, name="orders_own_deletion"),
    path("my/<slug:number>/", following.follow, name="orders_followed"),
    path("my/<slug:number>/photos/<uuid:photo>/", following.photo, name="orders_photo"),
    path("my/<slug:number>/photos/", adding.photos, name="orders_add_photos"),
    path("my/<slug:number>/erase/", erasing.erase, name="orders_erase"),
    path("my/<slug:number>/neighbours/", consenting.consent, name="orders_neighbours"),
    path("my/<slug:number>/<slug:deed>/", following.step, name="orders_step"),
]
