"""Every address of the site: which room answers where."""

from importlib.util import find_spec

from allauth.account import views as account_views
from django.urls import URLPattern, URLResolver, include, path

from gongzhi.project.openapi import openapi

ROOMS = (
    ("", "gongzhi.capabilities.orders.urls"),
    ("", "gongzhi.capabilities.orders.portal_urls"),
    ("", "gongzhi.shells.portal.urls"),
    ("desk/", "gongzhi.capabilities.orders.desk_urls"),
    ("desk/", "gongzhi.workflow.desk_urls"),
    ("desk/", "gongzhi.shells.desk.urls"),
    ("field/", "gongzhi.shells.field.urls"),
)

accounts: list[URLPattern | URLResolver] = [
    path("login/", account_views.login, name="account_login"),
    path("logout/", account_views.logout, name="account_logout"),
    path("inactive/", account_views.account_inactive, name="account_inactive"),
    path("signup/", account_views.signup, name="account_signup"),
    path("reauthenticate/", account_views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account_views.password_change, name="account_change_password"),
    path("2fa/", include("allauth.mfa.urls")),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include(accounts)),
    path("openapi.json", openapi, name="project_openapi"),
    path("i18n/", include("django.conf.urls.i18n")),
    *(path(prefix, include(room)) for prefix, room in ROOMS if find_spec(room)),
]
