"""The service worker and the offline page: the site can be installed, and opened chats be read offline."""

import functools
import hashlib
import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.views.decorators.http import require_GET

from botcafe.web.assets.files import own_names, page_names, static_file
from botcafe.web.shell.addresses import page_url

WORKER = "shell/service-worker.js"


@functools.cache
def static_version() -> str:
    """A digest of all static files of ours."""
    digest = hashlib.sha256()
    for name in own_names():
        digest.update(static_file(name).content)
    return digest.hexdigest()[:16]


@require_GET
def service_worker(request: HttpRequest) -> HttpResponse:
    """The service worker, served from the root so that it may control every page."""
    kept = [static(name) for name in page_names() if name != WORKER]
    urls = {
        "home": page_url("bots:home"),
        "chats": page_url("chats:list"),
        "login": page_url("accounts:login"),
        "offline": page_url("shell:offline"),
        "crisis": page_url("crisis:crisis"),
        "files": static(""),
    }
    head = (
        f'const VERSION = "{static_version()}";\nconst FILES = {json.dumps(kept)};\nconst URLS = {json.dumps(urls)};\n'
    )
    response = HttpResponse(head.encode() + static_file(WORKER).content, content_type="text/javascript; charset=utf-8")
    response["Service-Worker-Allowed"] = "/"
    response["Cache-Control"] = "no-cache"
    return response


@require_GET
def offline_page(request: HttpRequest) -> HttpResponse:
    """Shown instead of a page that was not opened before; the same for everybody."""
    return render(request, "shell/offline.html")
