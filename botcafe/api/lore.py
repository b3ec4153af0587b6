"""Lore over the API: why it went into a reply, and what would fire for a text."""

from typing import Any

from django.http import HttpRequest

from botcafe.api.chats import Body, answering
from botcafe.chat import dry_run as dry_runs
from botcafe.chat.preview import explain_generation as reasons_of
from botcafe.cms.schema.actor import Actor


@answering("GET")
def reasons(request: HttpRequest, actor: Actor, number: int, body: Body) -> dict[str, Any]:
    """``GET /api/generations/{id}/reasons``."""
    return reasons_of(actor, number)


@answering("POST")
def dry_run(request: HttpRequest, actor: Actor, number: int, body: Body) -> dict[str, Any]:
    """``POST /api/knowledge/dry-run`` ``{text, bot?, persona?, conversation?, collection?}``."""
    return dry_runs.dry_run(actor, body)
