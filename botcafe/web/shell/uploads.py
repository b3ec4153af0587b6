"""Files uploaded on a page."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext

from botcafe.cms.http.limits import limit_request
from botcafe.cms.http.uploads import read_upload
from botcafe.cms.schema.errors import ApiError
from botcafe.web.shell.addresses import with_page_urls
from botcafe.web.shell.requests import actor_of


def import_upload(request: HttpRequest, keep: Callable[[bytes, str], dict[str, Any]]) -> tuple[dict[str, Any], int]:
    """Import the uploaded file with ``keep``: ``{result}`` or ``{error}`` for the template, and the status."""
    try:
        limit_request(request, "import", str(actor_of(request).id))
        if "file" not in request.FILES:
            raise ApiError(gettext("Choose a file first."))
        file = read_upload(request)
        result = keep(file.data, file.name)
        return {"result": {**result, "created": with_page_urls(result["created"])}}, 200
    except ApiError as error:
        return {"error": error.message}, error.status
