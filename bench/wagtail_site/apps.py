"""The one application of the site."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Its tables begin with `site_`."""

    name = "bench.wagtail_site"
    label = "site"
