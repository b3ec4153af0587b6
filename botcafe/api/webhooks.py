"""Webhooks of other services: verified by their signature, then carried out."""

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from botcafe.api.http.requests import error_response, json_response
from botcafe.areas.accounts import clerk
from botcafe.cms.http.rest import ApiResponse
from botcafe.cms.schema.errors import ApiError, BadRequest


def clerk_users(request: HttpRequest) -> HttpResponse:
    """``POST /api/account/clerk``: Clerk's user webhook."""
    if request.method != "POST" or not settings.CLERK_WEBHOOK_SECRET:
        return json_response(ApiResponse(404, {"message": 'Route not found "/api/account/clerk"'}))
    headers = request.headers
    try:
        clerk.verify_webhook(
            request.body,
            headers.get("svix-id", ""),
            headers.get("svix-timestamp", ""),
            headers.get("svix-signature", ""),
        )
        done = clerk.handle_user_event(orjson.loads(request.body))
    except orjson.JSONDecodeError:
        return error_response(BadRequest("Invalid JSON"))
    except ApiError as error:
        return error_response(error)
    return json_response(ApiResponse(200, {"message": done}))
