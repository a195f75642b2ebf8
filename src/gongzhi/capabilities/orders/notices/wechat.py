"""Template messages of a WeChat official account (公众号模板消息).

The access token is asked for once and kept in this process until shortly before it ends; `stable_token` gives every
process the same one. `client_msg_id` keeps WeChat from sending one message twice within its window.
"""

import json
import re
import time
from dataclasses import dataclass
from threading import Lock
from urllib.parse import urlencode

from gongzhi.capabilities.orders.notices.http import TIMEOUT, Answer, NoAnswer, NotSent, get, post
from gongzhi.capabilities.orders.notices.rules import Outcome, Outgoing

API = "https://api.weixin.qq.com"
PAGES = "https://open.weixin.qq.com"
STALE_TOKEN = {40001, 40014, 42001}
BUSY = {-1, 45009, 45011}
"""WeChat's own "try later": busy, over the day's or the minute's limit. Nothing was sent."""
NOT_FOLLOWING = {43004, 43019, 43101, 40003}
OPENID = re.compile(r"[A-Za-z0-9_-]{10,64}")
EARLY = 300
FAULT = 500
_tokens: dict[tuple[str, str], tuple[str, float]] = {}
_lock = Lock()


class NoToken(OSError):
    """WeChat gave no token; `code` is its errcode, or what went wrong."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class WeChat:
    """One official account: its id and secret, and where WeChat's interface and its pages are."""

    app_id: str
    secret: str
    api: str = API
    pages: str = PAGES
    timeout: float = TIMEOUT
    knows_keys: bool = True

    def send(self, message: Outgoing) -> Outcome:
        """Send one template message. A token that WeChat no longer takes is asked for anew, once."""
        outcome = Outcome("again", "no_token")
        for renew in (False, True):
            try:
                token = self.token(renew=renew)
                answer = self._post(
                    f"/cgi-bin/message/template/send?access_token={token}", self._body(message)
                )
            except NoToken as none:
                return Outcome("again", f"token_{none.code}")
            except NotSent:
                return Outcome("again", "unreachable")
            except NoAnswer:
                return Outcome("uncertain", "no_answer")
            if answer.data.get("errcode") not in STALE_TOKEN:
                return _outcome(answer)
        return outcome

    def token(self, *, renew: bool = False) -> str:
        """The access token, kept until it ends. Refuses (NoToken) when WeChat gives none."""
        kept = (self.api, self.app_id)
        with _lock:
            known = _tokens.get(kept)
            if known is not None and not renew and time.monotonic() < known[1]:
                return known[0]
            asked = {"grant_type": "client_credential", "appid": self.app_id, "secret": self.secret}
            try:
                answer = self._post("/cgi-bin/stable_token", {**asked, "force_refresh": renew})
            except NoAnswer:
                raise NoToken("no_answer") from None
            token = answer.data.get("access_token")
            if not isinstance(token, str) or not token:
                raise NoToken(str(answer.data.get("errcode", answer.status))[:20])
            lasts = int(answer.data.get("expires_in", 7200))
            _tokens[kept] = (token, time.monotonic() + max(lasts - EARLY, lasts / 2))
            return token

    def asking(self, back: str, state: str) -> str:
        """The address of WeChat's page that leads `back` with a code. It asks for nothing but the openid."""
        said = {"appid": self.app_id, "redirect_uri": back, "response_type": "code", "scope": "snsapi_base"}
        return f"{self.pages}/connect/oauth2/authorize?{urlencode({**said, 'state': state})}#wechat_redirect"

    def openid_of(self, code: str) -> str:
        """The openid of whoever came back with this code, which WeChat takes once.

        Refuses (NoToken) a code that WeChat does not take, and when it cannot be asked.
        """
        asked = {"appid": self.app_id, "secret": self.secret, "code": code}
        query = urlencode({**asked, "grant_type": "authorization_code"})
        try:
            answer = get(f"{self.api}/sns/oauth2/access_token?{query}", timeout=self.timeout)
        except (NotSent, NoAnswer):
            raise NoToken("unreachable") from None
        openid = answer.data.get("openid")
        if not isinstance(openid, str) or not OPENID.fullmatch(openid):
            raise NoToken(str(answer.data.get("errcode", answer.status))[:20])
        return openid

    def _body(self, message: Outgoing) -> dict[str, object]:
        return {
            "touser": message.to,
            "template_id": message.template,
            "url": message.link,
            "client_msg_id": message.key.hex,
            "data": {name: {"value": value} for name, value in message.values.items()},
        }

    def _post(self, path: str, body: dict[str, object]) -> Answer:
        content = json.dumps(body, ensure_ascii=False).encode()
        return post(f"{self.api}{path}", content, headers={}, timeout=self.timeout)


def _outcome(answer: Answer) -> Outcome:
    if answer.status == 429:
        return Outcome("again", "too_many", wait=answer.wait)
    code = answer.data.get("errcode")
    if answer.status >= FAULT or not isinstance(code, int):
        return Outcome("uncertain", f"http_{answer.status}")
    if code == 0:
        return Outcome("sent", "", str(answer.data.get("msgid", ""))[:80])
    if code in BUSY:
        return Outcome("again", f"errcode_{code}")
    return Outcome("failed", "not_following" if code in NOT_FOLLOWING else f"errcode_{code}")


def forget_tokens() -> None:
    """Ask for every token anew."""
    with _lock:
        _tokens.clear()
