"""Settings, all from the environment; what must persist lies under YANKAO_HOME.

``YANKAO_HOME``          all state: database, files, lake, secrets (default: var/)
``DATABASE_URL``         a real PostgreSQL ≥ 15 instead of the embedded one
``YANKAO_CITY``          city pack: a name in citypacks/, or a folder's path (default: kaohsiung)
``YANKAO_ORIGIN``        public address, e.g. https://1999.example.tw (default: http://localhost:PORT)
``YANKAO_DEMO``          1 = demo mode: demo accounts, messages stay in local outboxes
``YANKAO_DEMO_YEAR``     ROC year that ``yankao run`` generates a hundredth of in demo mode (none)
``YANKAO_SMTP_HOST``     mail server, with ``_PORT`` (587), ``_USER``, ``_PASSWORD``, ``_TLS`` (1);
                         without it, and always in demo mode, mails are files in the outbox
``YANKAO_IDLE_MINUTES``  a session unused for so long ends (default: 30)
``YANKAO_SECOND_FACTOR`` who must have one: required = all staff (default), demo = all staff but
                         demo accounts, optional = nobody (default in demo mode)
``YANKAO_TRUSTED_PROXIES`` addresses of reverse proxies whose X-Forwarded-For is believed
``YANKAO_WORKERS``       processes for background jobs that ``yankao run`` keeps (default: 1)
``YANKAO_BACKUPS``       folder of backups: default of ``yankao backup``, and where one is made
                         before an upgrade changes tables (default: none)
``YANKAO_DISK_RESERVE_MB`` with less free than this no files are taken, only words (default: 512)
``YANKAO_BOT_LLM_URL`` (``_MODEL``, ``_SECRET``) OpenAI-compatible address that words answers
``YANKAO_BOT_LINE_SECRET`` (``_TOKEN``, ``_URL``) the bot's channel of LINE
``YANKAO_PUSH_HOSTS``    further push services that browsers may name, comma separated
``YANKAO_LAKE``          s3://bucket/lake?region=… for closed months, keys from AWS_… (default:
                         the folder lake under YANKAO_HOME)
``YANKAO_CLAMD``         ClamAV daemon that files are shown to: path of its socket, or host:port
``YANKAO_LOG_LEVEL``     default INFO
"""

import os
import secrets
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

from yankao.base import logs
from yankao.base.postgres import connection_settings
from yankao.site.systems import KERNEL, SYSTEMS

BASE_DIR = Path(__file__).resolve().parents[3]
os.umask(0o066)  # letters, logs and keys are ours; folders may be walked through, not listed
YANKAO_HOME = Path(os.environ.get("YANKAO_HOME") or BASE_DIR / "var").resolve()
YANKAO_ASSETS = BASE_DIR / "build" / "assets"
YANKAO_DEMO = os.environ.get("YANKAO_DEMO", "") == "1"
YANKAO_DEMO_YEAR = int(os.environ.get("YANKAO_DEMO_YEAR") or 0)
YANKAO_IDLE_MINUTES = int(os.environ.get("YANKAO_IDLE_MINUTES", "30"))
YANKAO_SECOND_FACTOR = os.environ.get("YANKAO_SECOND_FACTOR") or (
    "optional" if YANKAO_DEMO else "required"
)
if YANKAO_SECOND_FACTOR not in {"required", "demo", "optional"}:
    raise ImproperlyConfigured("YANKAO_SECOND_FACTOR is required, demo or optional.")
YANKAO_ORIGIN = (
    os.environ.get("YANKAO_ORIGIN") or f"http://localhost:{os.environ.get('PORT') or 8000}"
).rstrip("/")
YANKAO_WORKERS = int(os.environ.get("YANKAO_WORKERS", "1"))
YANKAO_LAKE = os.environ.get("YANKAO_LAKE", "")
YANKAO_CLAMD = os.environ.get("YANKAO_CLAMD", "")
YANKAO_BOT_LLM = {
    "url": os.environ.get("YANKAO_BOT_LLM_URL", ""),
    "name": os.environ.get("YANKAO_BOT_LLM_MODEL", ""),
    "secret": os.environ.get("YANKAO_BOT_LLM_SECRET", ""),
}
YANKAO_BOT_LINE = {
    "url": os.environ.get("YANKAO_BOT_LINE_URL", "https://api.line.me/v2/bot/message/reply"),
    "secret": os.environ.get("YANKAO_BOT_LINE_SECRET", ""),
    "token": os.environ.get("YANKAO_BOT_LINE_TOKEN", ""),
}
YANKAO_PUSH_HOSTS = [  # ".x.y" = every host below it
    "fcm.googleapis.com",
    ".push.services.mozilla.com",
    ".push.apple.com",
    ".notify.windows.com",
    *(host.strip() for host in os.environ.get("YANKAO_PUSH_HOSTS", "").split(",") if host.strip()),
]
YANKAO_DISK_RESERVE_MB = int(os.environ.get("YANKAO_DISK_RESERVE_MB", "512"))
_backups = os.environ.get("YANKAO_BACKUPS")
YANKAO_BACKUPS = Path(_backups).resolve() if _backups else None
YANKAO_EMBEDDED = not os.environ.get("DATABASE_URL")


def _secret_key() -> str:
    """The key made at first start; every process of the home reads the same one."""
    path = YANKAO_HOME / "secrets" / "secret_key"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return path.read_text()


SECRET_KEY = _secret_key()
DEBUG = False
_origin = urlsplit(YANKAO_ORIGIN)
ALLOWED_HOSTS = [_origin.hostname or "localhost", "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [YANKAO_ORIGIN]
SECURE_COOKIES = _origin.scheme == "https"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE_COOKIES else None
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_COOKIES else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

_packs = BASE_DIR / "citypacks"
_city = os.environ.get("YANKAO_CITY") or "kaohsiung"
YANKAO_CITY = Path(_city) if os.sep in _city else _packs / _city
YANKAO_COMMON = _packs / "common"
CITY: dict[str, Any] = tomllib.loads((YANKAO_CITY / "city.toml").read_text(encoding="utf-8"))

YANKAO_SYSTEMS = [*KERNEL, *SYSTEMS]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "procrastinate.contrib.django",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "yankao.base",
    *YANKAO_SYSTEMS,
]

MIDDLEWARE = [
    "yankao.base.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "yankao.base.middleware.NoStoreMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "yankao.kernel.people.middleware.ActorMiddleware",
    "yankao.base.middleware.ShapeMiddleware",
    "yankao.base.middleware.RefusalMiddleware",
    "yankao.base.middleware.PermissionMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "yankao.site.urls"
WSGI_APPLICATION = "yankao.site.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "yankao.base.context.shell",
            ],
        },
    }
]
FORM_RENDERER = "yankao.base.forms_renderer.ComponentRenderer"


def _database() -> dict[str, Any]:
    url = os.environ.get("DATABASE_URL")
    settings = conninfo_to_dict(url) if url else connection_settings(YANKAO_HOME)
    names = {
        "host": "HOST",
        "port": "PORT",
        "user": "USER",
        "password": "PASSWORD",
        "dbname": "NAME",
    }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {k: v for k, v in settings.items() if k not in names},
        **{django: settings[key] for key, django in names.items() if key in settings},
        "TEST": {"NAME": f"test_yankao_{os.environ.get('YANKAO_TEST_DB', 'main')}"},
    }


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "kernel_people.Person"

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "yankao.kernel.people.backends.PersonBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("account", "name", "email")},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/work/"  # only where nothing better is known; the adapter chooses by role
LOGOUT_REDIRECT_URL = ACCOUNT_LOGOUT_REDIRECT_URL = "/"

ACCOUNT_ADAPTER = "yankao.kernel.people.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "account"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_SESSION_REMEMBER = False  # the session ends with the browser
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False  # other sessions end, this one goes on
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300  # seconds after which what matters asks who is there again
ACCOUNT_FORMS = {
    "login": "yankao.kernel.people.forms.SignInForm",
    "change_password": "yankao.kernel.people.forms.NewPasswordForm",
    "reauthenticate": "yankao.kernel.people.forms.PasswordAgainForm",
}
# Failures are counted by axes on the database; allauth's counter lives in one process only.
ACCOUNT_RATE_LIMITS = {"login_failed": None, "login": "60/m/ip"}

MFA_ADAPTER = "yankao.kernel.people.factor_adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # addresses are entered by administrators
MFA_TOTP_ISSUER = CITY["name"]
MFA_TOTP_TOLERANCE = 1  # phones' clocks: half a minute to either side
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}
MFA_FORMS = {
    "authenticate": "yankao.kernel.people.factor_forms.CodeForm",
    "authenticate_webauthn": "yankao.kernel.people.factor_forms.PasskeyCodeForm",
    "login_webauthn": "yankao.kernel.people.factor_forms.PasskeySignInForm",
    "reauthenticate": "yankao.kernel.people.factor_forms.CodeAgainForm",
    "reauthenticate_webauthn": "yankao.kernel.people.factor_forms.PasskeyAgainForm",
}

AXES_HANDLER = "yankao.kernel.people.lockout.AccountHandler"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_USERNAME_CALLABLE = "yankao.kernel.people.lockout.account_of"
AXES_LOCKOUT_CALLABLE = "yankao.kernel.people.lockout.answer"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_SENSITIVE_PARAMETERS = [
    *("username", "ip_address", "login", "csrfmiddlewaretoken", "code", "credential")
]
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "yankao.base.addresses.client_address"

SESSION_COOKIE_AGE = 12 * 60 * 60  # nobody stays signed in longer than a working day
# The sign-out after YANKAO_IDLE_MINUTES of rest is in kernel.people.middleware.
SILENCED_SYSTEM_CHECKS = [
    "axes.W006"
]  # we lock the account, whatever address the guesses come from


LANGUAGE_CODE = "zh-hant"
LANGUAGE_COOKIE_NAME = "yankao_language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SECURE = SECURE_COOKIES
LANGUAGES = [("zh-hant", "繁體中文"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Taipei"
LOCALE_PATHS = [BASE_DIR / "src" / "yankao" / "locale"]

STATIC_URL = "/assets/"
STATIC_ROOT = None
STATICFILES_DIRS = [YANKAO_ASSETS] if YANKAO_ASSETS.exists() else []
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

SESSION_ENGINE = "django.contrib.sessions.backends.db"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 1000},  # drawings of figures, some 30 kB each
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 8
YANKAO_TRUSTED_PROXIES = [
    proxy.strip()
    for proxy in os.environ.get("YANKAO_TRUSTED_PROXIES", "").split(",")
    if proxy.strip()
]

EMAIL_HOST = os.environ.get("YANKAO_SMTP_HOST", "")
EMAIL_PORT = int(os.environ.get("YANKAO_SMTP_PORT", "587"))
EMAIL_HOST_USER = os.environ.get("YANKAO_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("YANKAO_SMTP_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("YANKAO_SMTP_TLS", "1") == "1"
EMAIL_TIMEOUT = 20
EMAIL_BACKEND = "django.core.mail.backends.{}.EmailBackend".format(
    "smtp" if EMAIL_HOST and not YANKAO_DEMO else "filebased"
)
EMAIL_FILE_PATH = str(YANKAO_HOME / "outbox" / "email")
DEFAULT_FROM_EMAIL = os.environ.get("YANKAO_FROM_EMAIL", "no-reply@localhost")

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

LOGGING_CONFIG = None
logs.configure(os.environ.get("YANKAO_LOG_LEVEL", "INFO"))
