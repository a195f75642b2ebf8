"""Where a link leads: its holder sets the password of his sign-in, once."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from gongzhi.core.command.accounts import accept_invitation, invited_account
from gongzhi.core.command.running import Refused
from gongzhi.core.permissions.middleware import ActingRequest


class PasswordForm(forms.Form):
    """A new password, typed twice."""

    password = forms.CharField(
        label=gettext_lazy("新密码"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("至少10位，不要全用数字，也不要用常见的密码。"),
    )
    again = forms.CharField(
        label=gettext_lazy("再输一遍"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean(self) -> None:
        """Both must be the same."""
        super().clean()
        if self.cleaned_data.get("password") != self.cleaned_data.get("again"):
            self.add_error("again", _("两遍不一样，请重新输入。"))


@never_cache
@require_http_methods(["GET", "POST"])
def invitation(request: ActingRequest, token: str) -> HttpResponse:
    """Set the password by a link. The answer never tells the address on, which is a key while it is valid.

    No other site learns it as Referer (`same-origin`); `no-referrer` would make browsers send the form without origin.
    """
    form = PasswordForm(request.POST or None)
    refused_words, username = "", ""
    try:
        username = invited_account(token).username
        if form.is_bound and form.is_valid():
            accept_invitation(actor=request.actor, token=token, password=form.cleaned_data["password"])
            return redirect("account_login")
    except Refused as refused:
        if refused.code == "password":
            form.add_error("password", refused.message)
        else:
            refused_words = refused.message
    context = {"form": form, "refused": refused_words, "username": username}
    status = 410 if refused_words else 422 if form.errors else 200
    response = render(request, "desk/invitation.html", context, status=status)
    response["X-Robots-Tag"] = "noindex"
    return response
