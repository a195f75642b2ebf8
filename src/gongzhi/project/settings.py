"""Settings. What differs between installations comes from the environment; see docs/operate/settings.md."""

from pathlib import Path

from gongzhi.project.environment import environment
from gongzhi.project.secrets import LiveKeys

env = environment()

BASE_DIR = Path(__file__).resolve().parent.parent
HOME = env.home
ERASURES_LEDGER = env.ledger_path
DEMO = env.demo
EXTERNAL_DATABASE = env.external
DEBUG = env.debug
SECRET_KEY = env.secrets.secret_key
SECRET_KEY_FALLBACKS = env.secrets.secret_key_fallbacks
SECRETS_PATH = env.secrets_path
FIELD_KEYS = LiveKeys(SECRETS_PATH, "field_keys")
INDEX_KEYS = LiveKeys(SECRETS_PATH, "index_keys")
ALLOWED_HOSTS = env.allowed_hosts
CSRF_TRUSTED_ORIGINS = env.trusted_origins
BEHIND_PROXY = env.behind_proxy
LIVE_PORT = env.live_port
LIVE_ORIGINS = env.live_origins

FLOORS = [
    "gongzhi.core.definitions",
    "gongzhi.core.regions",
    "gongzhi.core.people",
    "gongzhi.core.permissions",
    "gongzhi.core.events",
    "gongzhi.core.audit",
    "gongzhi.core.command",
    "gongzhi.ui",
    "gongzhi.shells.portal",
    "gongzhi.shells.desk",
    "gongzhi.shells.field",
    "gongzhi.workflow",
    "gongzhi.capabilities.orders",
    "gongzhi.interop.hotline",
    "gongzhi.project",
]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "procrastinate.contrib.django",
    *FLOORS,
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "gongzhi.project.logs.AccessLogMiddleware",
    "gongzhi.project.middleware.ReadyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "gongzhi.ui.middleware.EldersMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "gongzhi.project.accounts.SecondFactorActorMiddleware",
    "gongzhi.ui.middleware.WayBackMiddleware",
]
ROOT_URLCONF = "gongzhi.project.urls"
WSGI_APPLICATION = "gongzhi.project.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "ui" / "templates"],  # before allauth's own
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "gongzhi.ui.context.page",
            ],
        },
    },
]

DATABASES = {"default": env.web_database, "owner": env.owner_database}
DATABASE_ROUTERS = ["gongzhi.project.database.OwnerMigrates"]
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "project_cache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

AUTH_USER_MODEL = "people.Account"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "gongzhi.project.accounts.AccountAdapter"
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if env.behind_proxy else 0
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/enter/"
MFA_ADAPTER = "gongzhi.project.accounts.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Gongzhi"
MFA_TOTP_TOLERANCE = 1
MFA_REQUIRED_FOR_DESK = not DEMO

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
WHITENOISE_USE_FINDERS = DEBUG
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": HOME / "media"},
    },
    "staticfiles": {"BACKEND": env.static_storage},
}
MEDIA_ROOT = HOME / "media"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

NOTICE_ADAPTER = env.notice_adapter
SMS = env.sms
WECHAT = env.wechat
VOICE = env.voice
SOURCE_URL = env.source_url

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = env.https
SESSION_COOKIE_AGE = 7 * 24 * 3600
CSRF_COOKIE_SECURE = env.https
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = False
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.behind_proxy else None
SECURE_HSTS_SECONDS = 31536000 if env.https else 0
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "style-src": ["'self'"],
        "script-src": ["'self'"],
        "connect-src": ["'self'", *env.live_sources],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "object-src": ["'none'"],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "gongzhi.project.logs.PrivateFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "gongzhi": {"level": "INFO"},
        "gongzhi.access": {"level": "INFO" if env.access_log else "WARNING"},
    },
}
