"""`python -m bench.wagtail_site.fill CONTENT.json`: the tables, and a home page with menu and the long page."""

import json
import os
import sys
from pathlib import Path

import django


def main() -> None:
    """Into the empty database that BENCH_DATABASE names."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.wagtail_site.settings"
    django.setup()
    from django.core.management import call_command
    from wagtail.models import Page, Site

    from .models import SitePage

    call_command("migrate", verbosity=0)
    content = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    root = Page.objects.get(depth=1)
    home = root.add_child(instance=SitePage(title="Sixty endings", slug="start", body=[]))
    Site.objects.update(root_page=home, hostname="localhost", site_name="Sixty endings")
    for number, title in enumerate(content["menu"]):
        home.add_child(instance=SitePage(title=title, slug=f"page-{number}", show_in_menus=True, body=[]))
    body = [(part["type"], part["value"]) for part in content["body"]]
    page = SitePage(title=content["title"], slug="long", search_description=content["description"])
    page.body = json.dumps([{"type": kind, "value": value} for kind, value in body])
    home.add_child(instance=page)
    Page.objects.filter(slug="home").delete()


if __name__ == "__main__":
    main()
