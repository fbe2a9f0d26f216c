"""The project's settings, read top to bottom. docs/settings.md explains each environment variable."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONE, SELF

from ozekiweb import logging as our_logging
from ozekiweb.env import Environment
from ozekiweb.secret import kept_secret

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment(os.environ)

DEBUG = env.flag("DEBUG")
VERSION = re.findall(r"^## v(\S+)", (BASE_DIR / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)[0]

# Everything the portal writes is under one folder.
DATA_DIR = (env.path("DATA_DIR") or BASE_DIR / "data").absolute()

# --- Where people find us: allowed hosts, origins and cookies all follow SITE_URL ---

HOST = env.text("HOST", "127.0.0.1")
PORT = env.number("PORT", 8000, within=range(1, 65536))
HOST_IS_WILDCARD = HOST in ("0.0.0.0", "::")  # noqa: S104 (compared, not bound)
HOST_IS_LOOPBACK = HOST == "localhost" or HOST.startswith("127.") or HOST == "::1"
_own_name = "localhost" if HOST_IS_WILDCARD else f"[{HOST}]" if ":" in HOST else HOST
_site_url = env.origin("SITE_URL")
SITE_URL_IS_DEFAULT = not _site_url
SITE_URL = _site_url or f"http://{_own_name}" + (f":{PORT}" if PORT != 80 else "")
HTTPS = SITE_URL.startswith("https://")

ALLOWED_ORIGINS = [SITE_URL]
if SITE_URL_IS_DEFAULT and (HOST_IS_LOOPBACK or HOST_IS_WILDCARD):
    _suffix = f":{PORT}" if PORT != 80 else ""
    ALLOWED_ORIGINS += [f"http://{name}{_suffix}" for name in ("localhost", "127.0.0.1", "[::1]")]
ALLOWED_HOSTS = [re.sub(r"^https?://|:\d+$", "", origin) for origin in ALLOWED_ORIGINS]
# Behind a proxy that ends TLS the request itself says http; with its Origin named here Django accepts the form.
CSRF_TRUSTED_ORIGINS = ALLOWED_ORIGINS

# Whose X-Forwarded-For is believed; ozekiweb/asgi.py turns it into the client's address.
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")

# --- The Ozeki server ---

OZEKI_URL = env.url("OZEKI_URL", ("http", "https"))
OZEKI_DIALECT = env.path("OZEKI_DIALECT")
OZEKI_LISTENER_URL = env.url("OZEKI_LISTENER_URL", ("ws", "wss"))
OZEKI_TRUST_URLS = env.origins("OZEKI_TRUST_URLS")
OZEKI_CA_FILE = env.path("OZEKI_CA_FILE")
PROCESS_SLOT = env.text("PROCESS_SLOT", "0")
PROCESSES = env.number("PROCESSES", 1, within=range(1, 65))  # that bin/run starts
if PORT + PROCESSES > 65536:
    env.problems.append("PROCESSES: there are not as many ports from PORT on.")
CONCERNS_TO = env.text("CONCERNS_TO")  # a userid

# --- Alerts: who may send them, scripts by the token and people by hand ---

ALERTS_TOKEN = env.text("ALERTS_TOKEN")
ALERTS_BY = frozenset(env.items("ALERTS_BY"))

# --- What watches the portal ---

METRICS_TOKEN = env.text("METRICS_TOKEN")

# --- The application ---

# No auth, sessions, admin or messages: a sign-in is ours (chat/vault.py), and its token is the only key there is.
INSTALLED_APPS = [
    "ozekiweb.static.StaticFiles",
    "servestatic",
    "channels",
    "csp",
    "django_htmx",
    "chat",
]

# Short: every request passes through each of these, where it is (inline.py).
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "ozekiweb.inline.StaticFiles",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",  # refuses foreign Host headers, so also DNS rebinding
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "chat.middleware.PrivateMiddleware",
]

ROOT_URLCONF = "ozekiweb.urls"

_loaders: list[Any] = ["django.template.loaders.filesystem.Loader"]
if not DEBUG:
    _loaders = [("django.template.loaders.cached.Loader", ["ozekiweb.templates.Loader"])]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            # Named here instead of as an app, which would import Django's admin. {% partialdef %} needs no {% load %},
            # as in Django 6, where it is built in.
            "loaders": [("template_partials.loader.Loader", _loaders)],
            "libraries": {"partials": "template_partials.templatetags.partials"},
            "builtins": ["template_partials.templatetags.partials"],
            "context_processors": [
                "django.template.context_processors.i18n",
                "django.template.context_processors.request",
            ],
        },
    }
]

# --- What is kept: sign-ins, markers and throttles; never a conversation ---

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
_database = dj_database_url.parse(
    env.url("DATABASE_URL", ("postgres", "postgresql", "sqlite"), host=False)
    or f"sqlite:///{DATA_DIR / 'portal.sqlite3'}",
    conn_max_age=60,  # seconds; a request takes over a thread from before, with its connection (chat/threads.py)
    conn_health_checks=True,
)
if not _database["NAME"]:
    env.problems.append("DATABASE_URL: names no database, as postgres://db.example.org/portal does.")
if "postgresql" in _database["ENGINE"]:
    _database["OPTIONS"] = {"connect_timeout": 5, **_database.get("OPTIONS", {})}
if "sqlite" in _database["ENGINE"]:
    # One that met a full disk, or a file that is read-only for a while, would go on failing.
    _database["CONN_MAX_AGE"] = 0
    # Writers wait for each other instead of failing, and readers for nobody.
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;",
    }
DATABASES = {"default": _database}

# One process needs no layer. Between several only contentless control events travel, some 250 bytes each.
REDIS_URL = env.url("REDIS_URL", ("redis", "rediss"))
CHANNEL_LAYERS: dict[str, dict[str, Any]] = {}
if REDIS_URL:
    CHANNEL_LAYERS["default"] = {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {
            # The layer waits five seconds for each event, which redis-py would take for a Redis that hangs.
            "hosts": [{"address": REDIS_URL, "socket_timeout": 15}],
            "prefix": "ozekiweb",
            "capacity": 10_000,  # what waits for one process: a busy one may be a second behind
        },
    }

# --- Static files: hashed and compressed once by collectstatic, served by the portal with a year's cache ---

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {"staticfiles": {"BACKEND": "ozekiweb.static.HashedFiles"}}
SERVESTATIC_ALLOW_ALL_ORIGINS = False

# --- Language and time ---

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("hu", "Magyar")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- Security ---

SECRET_KEY = env.text("SECRET_KEY")
SECRET_KEY_IS_MADE = not SECRET_KEY
if SECRET_KEY_IS_MADE:
    try:
        SECRET_KEY = kept_secret(DATA_DIR / "secret-key")
    except OSError as error:
        env.problems.append(f"DATA_DIR: {DATA_DIR} cannot be used ({error.strerror}).")

CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "csrftoken"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"  # Strict would renew it on a link from elsewhere, and break the tabs already open
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_AGE = None
CSRF_FAILURE_VIEW = "chat.views.signins.refused"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "media-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
SILENCED_SYSTEM_CHECKS = [
    "security.W004",  # no HSTS, and below no Secure cookie: both follow from a SITE_URL that is http (chat.W008)
    "security.W005",  # HSTS for subdomains: they are not ours to decide about
    "security.W008",  # redirecting http to https is the proxy's work; we speak only to the proxy
    "security.W016",
    "security.W021",  # browsers' HSTS preload lists are for public sites, not for an intranet
]

LOGGING = our_logging.CONFIG

env.finish()
