"""For granian: `bench.wagtail_site.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.wagtail_site.settings"
application = get_wsgi_application()
