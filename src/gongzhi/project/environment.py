"""What differs between installations, read once from the environment. docs/operate/settings.md lists it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url

from gongzhi.project import embedded
from gongzhi.project.secrets import Secrets, read_or_make

WEB_ROLE = "gongzhi_web"
DATABASE = "gongzhi"
NOTICES = "gongzhi.capabilities.orders.notices.Configured"
WECHAT_API = "https://api.weixin.qq.com"
WECHAT_PAGES = "https://open.weixin.qq.com"
SOURCE = "https://gongzhi.example/gongzhi.git"
"""Where the source is, as pyproject.toml and publiccode.yml say it. `.example` is nobody's host: set your own there."""
LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]
QUICK = {"jit": "off", "max_parallel_workers_per_gather": "0", "random_page_cost": "1.1"}
"""A page asks many small things, of what is mostly in memory: compiling one, calling more processes for it, or reading
a whole posting list to spare some jumps takes longer than its answer. docs/develop/performance.md has the figures."""
WEB_LIMITS = {
    **QUICK,
    "statement_timeout": 15_000,
    "lock_timeout": 10_000,
    "idle_in_transaction_session_timeout": 30_000,
}
"""Milliseconds. A web transaction that hangs would hold up the reader of events."""
WORKER_LIMITS = {**WEB_LIMITS, "statement_timeout": 600_000, "idle_in_transaction_session_timeout": 600_000}


@dataclass(frozen=True)
class Environment:
    """One installation, as its environment variables describe it."""

    home: Path
    demo: bool
    debug: bool
    worker: bool
    addresses: tuple[str, ...]
    behind_proxy: bool
    access_log: bool
    live_port: int | None
    web_port: int | None
    static_storage: str
    notice_adapter: str
    sms: dict[str, Any]
    wechat: dict[str, Any]
    voice: dict[str, Any]
    source_url: str
    secrets_path: Path
    ledger_path: str
    owner_url: str
    web_url: str

    @cached_property
    def secrets(self) -> Secrets:
        """The secrets, made on first use."""
        return read_or_make(self.secrets_path)

    @property
    def external(self) -> bool:
        """Whether the database is a server that Gongzhi does not run itself."""
        return bool(self.owner_url)

    @property
    def https(self) -> bool:
        """Whether every public address is served over https: cookies are then for https alone."""
        return bool(self.addresses) and all(address.startswith("https://") for address in self.addresses)

    @property
    def allowed_hosts(self) -> list[str]:
        """The names by which the site may be asked for."""
        return [*(host for host in map(_host, self.addresses) if host), *LOOPBACK]

    @property
    def trusted_origins(self) -> list[str]:
        """The origins from which forms are taken."""
        return list(self.addresses)

    @property
    def live_sources(self) -> list[str]:
        """Where else pages may listen for live updates: the same hosts on the live process's own port."""
        if self.live_port is None:
            return []
        return [
            f"{host}:{self.live_port}" for host in self.allowed_hosts if "[" not in host
        ]  # CSP knows no IPv6

    @property
    def live_origins(self) -> set[str]:
        """Whose pages may listen: the public addresses, and on this machine those of the web port."""
        local = {f"http://{host}:{self.web_port}" for host in LOOPBACK} if self.web_port else set()
        return {address.rstrip("/") for address in self.addresses} | local

    @property
    def owner_database(self) -> dict[str, Any]:
        """Django's description of the connection that migrates, installs and backs up."""
        found = self._server(self.owner_url)
        found["CONN_MAX_AGE"] = 0
        return found

    @property
    def web_database(self) -> dict[str, Any]:
        """Django's description of the connection of requests and jobs: no owner, under row-level security."""
        found = self._server(self.web_url or self.owner_url)
        if not self.web_url:
            found |= {"USER": WEB_ROLE, "PASSWORD": self.secrets.web_password}
        found["CONN_MAX_AGE"] = None
        limits = WORKER_LIMITS if self.worker else WEB_LIMITS
        found["OPTIONS"] = {
            **found.get("OPTIONS", {}),
            "options": " ".join(f"-c {name}={value}" for name, value in limits.items()),
            "prepare_threshold": 3,
            "application_name": "gongzhi-worker" if self.worker else "gongzhi-web",
        }
        return found

    def _server(self, url: str) -> dict[str, Any]:
        if url:
            return dict(dj_database_url.parse(url))
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": DATABASE,
            "USER": embedded.SUPERUSER,
            "HOST": str(embedded.socket_dir(self.home / "pg")),
            "PORT": embedded.PORT,
        }


def environment(variables: Mapping[str, str] = os.environ) -> Environment:
    """The installation described by `variables` (those of the process)."""
    home = Path(variables.get("GONGZHI_HOME") or "var").expanduser().resolve()
    debug = _yes(variables, "GONGZHI_DEBUG")
    return Environment(
        home=home,
        demo=_yes(variables, "GONGZHI_DEMO"),
        debug=debug,
        worker=_yes(variables, "GONGZHI_WORKER"),
        addresses=_words(variables, "GONGZHI_URL"),
        behind_proxy=_yes(variables, "GONGZHI_BEHIND_PROXY"),
        access_log=variables.get("GONGZHI_ACCESS_LOG", "yes").lower() != "no",
        live_port=_port(variables, "GONGZHI_LIVE_PORT"),
        web_port=_port(variables, "GONGZHI_WEB_PORT"),
        static_storage=variables.get("GONGZHI_STATIC_STORAGE") or _static_storage(debug=debug),
        source_url=variables.get("GONGZHI_SOURCE_URL") or SOURCE,
        notice_adapter=variables.get("GONGZHI_NOTICE_ADAPTER") or NOTICES,
        sms=_sms(variables),
        wechat=_wechat(variables),
        voice=_voice(variables),
        secrets_path=Path(variables.get("GONGZHI_SECRETS") or home / "secrets.json"),
        ledger_path=variables.get("GONGZHI_ERASURES", ""),
        owner_url=variables.get("DATABASE_URL", ""),
        web_url=variables.get("DATABASE_WEB_URL", ""),
    )


def _sms(variables: Mapping[str, str]) -> dict[str, Any]:
    """The text message gateway; without an address there is none, and messages are written to files."""
    return {
        "url": variables.get("GONGZHI_SMS_URL", ""),
        "account": variables.get("GONGZHI_SMS_ACCOUNT", ""),
        "key": variables.get("GONGZHI_SMS_KEY", ""),
        "signature": variables.get("GONGZHI_SMS_SIGNATURE", ""),
        "knows_keys": _yes(variables, "GONGZHI_SMS_ONCE"),
    }


def _voice(variables: Mapping[str, str]) -> dict[str, Any]:
    """The gateway that calls duty telephones (一键响应); without an address nobody is called."""
    return {
        "url": variables.get("GONGZHI_VOICE_URL", ""),
        "account": variables.get("GONGZHI_VOICE_ACCOUNT", ""),
        "key": variables.get("GONGZHI_VOICE_KEY", ""),
        "knows_keys": _yes(variables, "GONGZHI_VOICE_ONCE"),
    }


def _wechat(variables: Mapping[str, str]) -> dict[str, Any]:
    """The WeChat official account; without an id there is none."""
    return {
        "app_id": variables.get("GONGZHI_WECHAT_APP_ID", ""),
        "secret": variables.get("GONGZHI_WECHAT_SECRET", ""),
        "api": variables.get("GONGZHI_WECHAT_API") or WECHAT_API,
        "pages": variables.get("GONGZHI_WECHAT_PAGES") or WECHAT_PAGES,
    }


def _static_storage(*, debug: bool) -> str:
    if debug:
        return "django.contrib.staticfiles.storage.StaticFilesStorage"
    return "whitenoise.storage.CompressedManifestStaticFilesStorage"


def _yes(variables: Mapping[str, str], name: str) -> bool:
    return variables.get(name, "").lower() in {"1", "true", "yes", "on"}


def _port(variables: Mapping[str, str], name: str) -> int | None:
    text = variables.get(name, "")
    return int(text) if text.isdecimal() else None


def _words(variables: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(variables.get(name, "").replace(",", " ").split())


def _host(address: str) -> str:
    return urlsplit(address).hostname or ""
