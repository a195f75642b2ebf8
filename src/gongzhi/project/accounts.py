"""Signing in: residents may open an account, staff are invited; who works on matters proves himself twice."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.middleware import AccountMiddleware
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from gongzhi.core.command.accounts import register_resident
from gongzhi.core.people import cipher
from gongzhi.core.people.models import Account
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.permissions.middleware import ActingRequest, ActorMiddleware
from gongzhi.ui.audience import shells_of

OPEN_WITHOUT = ("/accounts/", "/i18n/")


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Everybody may open a resident's account: an account has no power, only posts have."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Residents may sign up themselves; posts are given by others."""
        return True

    def is_reauthentication_required(self, *, app: str) -> bool:
        """Whoever has just signed in is not asked for the same again: to make his second factor and see its codes."""
        required: bool = super().is_reauthentication_required(app=app)
        records = get_authentication_records(self.request, self.request.user)
        ages = [time.time() - record["at"] for record in records]
        return required and not any(age < app_settings.REAUTHENTICATION_TIMEOUT for age in ages)

    def save_user(  # noqa: PLR0917 - allauth calls it so
        self, request: HttpRequest, user: Account, form: Any, commit: bool = True
    ) -> Account:
        """Keep the account, and enter its resident in the register."""
        account: Account = super().save_user(request, user, form, commit)
        if commit:
            register_resident(account=account)
        return account


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """One-time codes; their secrets are encrypted with the installation's keys."""

    def get_totp_issuer(self) -> str:
        """The name that the authenticator app shows."""
        return str(settings.MFA_TOTP_ISSUER)

    def encrypt(self, text: str) -> str:
        """The secret as it is stored."""
        return cipher.encrypt(text).hex()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret as it is used."""
        return cipher.decrypt(bytes.fromhex(encrypted_text))


def must_prove_twice(actor: Actor) -> bool:
    """Whether a post of the actor opens the desk: there he sees what others told in confidence."""
    return "desk" in shells_of(actor)


class SecondFactorActorMiddleware(ActorMiddleware):
    """Sets the actor, and leads whoever works at a desk without a second factor to the page that makes it.

    The view runs in here, where Django asks no other middleware about its exceptions: allauth is asked by name.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        super().__init__(get_response)
        self.answer_to = AccountMiddleware(get_response).process_exception

    def process_view(  # noqa: PLR0917  (Django's signature)
        self, request: HttpRequest, view: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponseBase:
        """Run the view inside the actor's transaction, unless a second factor is owed."""
        if settings.MFA_REQUIRED_FOR_DESK and not request.path.startswith(OPEN_WITHOUT):
            view = _second_factor_first(view)
        try:
            return super().process_view(request, view, args, kwargs)
        except (ImmediateHttpResponse, ReauthenticationRequired) as asked:
            answer: HttpResponseBase = self.answer_to(request, asked)
            return answer


def _second_factor_first(view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def guarded(request: ActingRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not must_prove_twice(request.actor) or has_proved_twice(request):
            answer: HttpResponseBase = view(request, *args, **kwargs)
            return answer
        if "/api/" in request.path:
            return JsonResponse(
                {"code": "second_factor", "message": str(_("请先设置两步验证。"))}, status=403
            )
        return HttpResponseRedirect(reverse("mfa_activate_totp"))

    return guarded


def has_proved_twice(request: HttpRequest) -> bool:
    """By this sign-in's own record where it says so, else by whether a factor was set up during it."""
    if any(record.get("method") == "mfa" for record in get_authentication_records(request, request.user)):
        return True
    return bool(is_mfa_enabled(request.user))
