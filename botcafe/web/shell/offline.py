"""The service worker and the offline page: the site can be installed, and opened chats be read offline."""

import functools
import hashlib
import json
from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.views.decorators.http import require_GET

from botcafe.web.shell.addresses import page_url

WORKER = "shell/service-worker.js"
FOLDERS = tuple(f"{each.name}/" for each in (Path(__file__).parent.parent / "static").iterdir())
"""Our own static files; those of other Django applications are not kept offline."""


@functools.cache
def static_version() -> str:
    """A digest of all static files."""
    digest = hashlib.sha256()
    for _, content in _static_files():
        digest.update(content)
    return digest.hexdigest()[:16]


@functools.cache
def _static_files() -> tuple[tuple[str, bytes], ...]:
    """Our static files: name and content, by name."""
    found = []
    for finder in finders.get_finders():
        for name, storage in finder.list([]):
            if name.startswith(FOLDERS):
                with storage.open(name) as file:
                    found.append((name, file.read()))
    return tuple(sorted(found))


@require_GET
def service_worker(request: HttpRequest) -> HttpResponse:
    """The service worker, served from the root so that it may control every page."""
    files = dict(_static_files())
    kept = [static(name) for name in files if name != WORKER]
    urls = {
        "home": page_url("bots:home"),
        "chats": page_url("chats:list"),
        "login": page_url("accounts:login"),
        "offline": page_url("shell:offline"),
        "files": static(""),
    }
    head = (
        f'const VERSION = "{static_version()}";\nconst FILES = {json.dumps(kept)};\nconst URLS = {json.dumps(urls)};\n'
    )
    response = HttpResponse(head.encode() + files[WORKER], content_type="text/javascript; charset=utf-8")
    response["Service-Worker-Allowed"] = "/"
    response["Cache-Control"] = "no-cache"
    return response


@require_GET
def offline_page(request: HttpRequest) -> HttpResponse:
    """Shown instead of a page that was not opened before; the same for everybody."""
    return render(request, "shell/offline.html")
