"""Settings that favour speed: no debugging, cached templates, SQLite in WAL mode with kept connections.

Middlewares are those of `wagtail start`. BENCH_DATABASE is a file, BENCH_REDIS a URL of the cache for pages, which
BENCH_CACHE=on turns on.
"""

import os
from pathlib import Path

DEBUG = False
SECRET_KEY = "bench only: forty characters of nothing much"  # noqa: S105
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "bench.wagtail_site.urls"
WSGI_APPLICATION = "bench.wagtail_site.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE, TIME_ZONE, USE_TZ, USE_I18N = "pl", "Europe/Warsaw", True, True
WAGTAIL_SITE_NAME = "Sixty endings"
WAGTAILADMIN_BASE_URL = "http://localhost"
STATIC_URL = "/static/"

INSTALLED_APPS = [
    "bench.wagtail_site.apps.SiteConfig",
    "wagtail.contrib.redirects",
    "wagtail.users",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "wagtailcache",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

WAGTAIL_CACHE = os.environ.get("BENCH_CACHE") == "on"
_KEPT = ["wagtailcache.cache.UpdateCacheMiddleware"], ["wagtailcache.cache.FetchFromCacheMiddleware"]
MIDDLEWARE = [
    *(_KEPT[0] if WAGTAIL_CACHE else []),
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
    *(_KEPT[1] if WAGTAIL_CACHE else []),
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["BENCH_DATABASE"],
        "CONN_MAX_AGE": None,
        "OPTIONS": {"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL"},
    }
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": os.environ["BENCH_REDIS"],
        "TIMEOUT": 3600,
    }
}
LOGGING = {"version": 1, "disable_existing_loggers": False}
