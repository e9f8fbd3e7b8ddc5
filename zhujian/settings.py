"""Django settings. Everything an operator may change comes from the environment or from ``var/``."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlparse

from zhujian.foundation.kernel import registry

BASE = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("ZHUJIAN_VAR", BASE / "var"))


def _secret_key() -> str:
    """Key from the environment, else one made once and kept in ``var/``."""
    if key := os.environ.get("ZHUJIAN_SECRET_KEY"):
        return key
    path = VAR / "secret-key"
    if path.exists():
        return path.read_text()
    VAR.mkdir(parents=True, exist_ok=True)
    key = secrets.token_urlsafe(48)
    path.touch(mode=0o600)
    path.write_text(key)
    return key


def _database(role: str) -> dict:
    """Connection of the running application (`app`) or of the owner (`owner`: migrate, guards)."""
    kept = VAR / "database.json"
    urls = json.loads(kept.read_text()) if kept.exists() else {}
    name = {"app": "DATABASE_APP_URL", "owner": "DATABASE_URL"}[role]
    url = urlparse(os.environ.get(name) or urls.get(role) or "postgresql://zhujian_app@127.0.0.1:5432/zhujian")
    query = {key: values[-1] for key, values in parse_qs(url.query).items()}
    host = query.pop("host", "") or unquote(url.hostname or "")
    return {
        "ENGINE": "zhujian.foundation.kernel.postgis",
        "NAME": os.environ.get("ZHUJIAN_DB_NAME") or url.path.lstrip("/") or "zhujian",
        "USER": unquote(url.username or ""), "PASSWORD": unquote(url.password or ""),
        "HOST": host, "PORT": str(url.port or ""),
        "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"server_side_binding": True, "application_name": "zhujian", **query},  # sslmode, sslrootcert …
    }  # fmt: skip


DEBUG = False
PRODUCTION = os.environ.get("ZHUJIAN_PRODUCTION") == "1"
DEMO = os.environ.get("ZHUJIAN_DEMO") == "1" and not PRODUCTION
SECRET_KEY = _secret_key()
ALLOWED_HOSTS = os.environ.get("ZHUJIAN_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",")
PUBLIC_URL = os.environ.get("ZHUJIAN_PUBLIC_URL", "http://127.0.0.1:8000")
DATABASES = {"default": _database(os.environ.get("ZHUJIAN_DB_ROLE", "app"))}
SILENCED_SYSTEM_CHECKS = ["gis.W001"]  # user files and spatial references never reach GDAL
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.gis",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "zhujian.foundation.kernel.apps.KernelConfig",
    *registry.installed_apps(),
    "allauth.idp.oidc",
]
AUTH_USER_MODEL = "identity.Account"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "zhujian.foundation.kernel.csp.ContentSecurityPolicyMiddleware",
    "zhujian.foundation.kernel.middleware.TransactionMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "zhujian.foundation.identity.middleware.ScopeMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "zhujian.portals.workbench.recent.RecentMiddleware",
    "zhujian.foundation.kernel.middleware.RefusalMiddleware",
]
ROOT_URLCONF = "zhujian.urls"
WSGI_APPLICATION = "zhujian.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE / "zhujian" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "zhujian.portals.shell.context.shell",
            ],
            "builtins": ["zhujian.foundation.kernel.templatetags.zj"],
        },
    }
]
AUTHENTICATION_BACKENDS = ["zhujian.foundation.identity.backends.LoginBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL = "login"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "identity_cache"}}
IDP_OIDC_ADAPTER = "zhujian.foundation.identity.oidc.Adapter"
IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN = 600
IDP_OIDC_REFRESH_TOKEN_EXPIRES_IN = 12 * 3600
MFA_ADAPTER = "zhujian.foundation.identity.mfa.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True
USE_THOUSAND_SEPARATOR = False
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE / "zhujian" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": VAR / "files"}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 3600
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
SESSION_ENGINE = "zhujian.foundation.identity.session_store"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SECURE = PRODUCTION
CSRF_FAILURE_VIEW = "zhujian.portals.shell.views.forged"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# An operator's HTTP gateway for texts (foundation/messages/channels.py); without one they are written to var/sms.jsonl.
SMS_GATEWAY = {
    key: value
    for key in ("url", "account", "secret", "sign", "template")
    if (value := os.environ.get(f"ZHUJIAN_SMS_{key.upper()}", ""))
}
SMS_PROVIDER = f"zhujian.foundation.messages.channels.{'HttpSms' if SMS_GATEWAY.get('url') else 'FileSms'}"
# The city's 公众号 (boards/city_management/public_service/services/wechat.py).
WECHAT = {
    "appid": os.environ.get("ZHUJIAN_WECHAT_APPID", ""),
    "secret": os.environ.get("ZHUJIAN_WECHAT_SECRET", ""),
    "api": os.environ.get("ZHUJIAN_WECHAT_API", "https://api.weixin.qq.com").rstrip("/"),
    "open": os.environ.get("ZHUJIAN_WECHAT_OPEN", "https://open.weixin.qq.com").rstrip("/"),
}
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
BASEMAPS_FILE = Path(os.environ.get("ZHUJIAN_BASEMAPS", VAR / "basemaps.toml"))  # others' background maps: docs/operations.md
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("ZHUJIAN_LOG", "WARNING")},
}
