"""Files uploaded on a page."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from botcafe.cms.http.limits import limit_request
from botcafe.cms.schema.errors import ApiError
from botcafe.web.shell.addresses import with_page_urls

MAX_BYTES = 32 * 2**20


def import_upload(request: HttpRequest, keep: Callable[[bytes, str], dict[str, Any]]) -> tuple[dict[str, Any], int]:
    """Import the uploaded file with ``keep``: ``{result}`` or ``{error}`` for the template, and the status."""
    try:
        limit_request(request, "import")
        file = request.FILES.get("file")
        if file is None:
            raise ApiError("Choose a file first.")
        if (file.size or 0) > MAX_BYTES:
            raise ApiError(f"The file is larger than {MAX_BYTES // 2**20} MB; none of these files is.")
        result = keep(file.read(), file.name or "")
        return {"result": {**result, "created": with_page_urls(result["created"])}}, 200
    except ApiError as error:
        return {"error": error.message}, error.status
