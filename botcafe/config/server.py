"""The server callable: streams are served here, every other request goes to Django's WSGI handler in a thread."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "botcafe.config.settings")

wsgi = get_wsgi_application()
