"""A turn of chat over the API: begin it, stop it. Following it is in ``streams``."""

from django.http import HttpRequest, HttpResponse

from botcafe.api.http import actor_of, asked_of, refusal, reply
from botcafe.areas.companions import turns
from botcafe.chat.hub import HUB, start_turn
from botcafe.cms.errors import ApiError, BadRequest, Forbidden
from botcafe.cms.limits import limited
from botcafe.cms.rest import Answer, no_route
from botcafe.kit.markdown import render


def turn(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """``POST /api/conversation/{id}/turns``: 202 with the stored message and the reply to come."""
    try:
        asked = asked_of(request, request.path.removeprefix("/api/"))
        if asked.method != "POST":
            return reply(no_route(asked))
        actor = actor_of(request)
        if not actor.is_signed_in:
            raise Forbidden
        limited(request, "chat", str(actor.id))
        data = asked.body if isinstance(asked.body, dict) else {}
        if data.get("mode", "send") != "send":
            raise BadRequest("mode must be send.")
        begun = turns.begin_turn(
            actor,
            conversation_id,
            data.get("entry", data.get("message")),
            parent=data.get("parent"),
            key=data.get("idempotency_key"),
            lease=HUB.lease,
        )
    except ApiError as error:
        return refusal(error)
    if not begun.is_repeat:
        start_turn(begun.generation_id)
    bot = {
        "id": begun.bot.pk,
        "name": begun.bot.name,
        "picture_url": begun.bot.picture.url if begun.bot.picture else None,
    }
    generation = {"id": begun.generation_id, "message": {"id": begun.reply_id}, "bot": bot}
    message = {"id": begun.message_id, "html": render(begun.entry)}
    return reply(Answer(202, {"message": message, "generations": [generation]}))


def stop(request: HttpRequest, generation_id: int) -> HttpResponse:
    """``POST /api/generations/{id}/stop``."""
    try:
        asked = asked_of(request, request.path.removeprefix("/api/"))
        if asked.method != "POST":
            return reply(no_route(asked))
        turns.ask_to_stop(actor_of(request), generation_id)
    except ApiError as error:
        return refusal(error)
    HUB.stop(generation_id)
    return reply(Answer(200, {"message": "Stopping."}))
