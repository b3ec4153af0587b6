"""Forms of a chat, read into what the areas take."""

from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext

from botcafe.areas.companions.chats.participants import ACTIONS
from botcafe.areas.companions.turns.turn_request import TurnRequest
from botcafe.cms.schema.errors import BadRequest
from botcafe.web.chats.model_names import parse_model_value

ChatChanges = dict[str, Any]
"""Settings by their names on the wire; the areas check the values."""


def parse_settings_form(post: QueryDict) -> ChatChanges:
    """The settings that a form holds; what it does not hold stays as it is."""
    given: ChatChanges = {name: post[name] for name in ("title", "status", "tags", "speaking_order") if name in post}
    given |= {name: post[name] or None for name in ("persona", "preset", "scenario", "folder") if name in post}
    given |= {name: _parse_whole(post, name) for name in ("window_tokens", "reply_tokens") if name in post}
    if "memory" in post:
        given["memory"] = post["memory"] == "1"  # a hidden 0 before the box: an unticked box sends nothing
    for name in ("allow_file_sharing", "auto_save_conversations"):
        if name in post:
            given[name] = post[name] == "1"
    if "message_retention_days" in post:
        given["message_retention_days"] = _parse_whole(post, "message_retention_days")
    if "model" in post:
        given["model"] = parse_model_value(str(post["model"]))
    if "note_text" in post:
        note = {"text": post["note_text"], "role": post.get("note_role") or "system"}
        given["author_note"] = note | {n: _parse_whole(post, f"note_{n}") for n in ("depth", "every")}
    if "auto_on" in post:
        auto = {"turns": _parse_whole(post, "auto_turns"), "delay_seconds": _parse_whole(post, "auto_delay")}
        given["auto"] = {"on": post["auto_on"] == "1", **{k: v for k, v in auto.items() if v is not None}}
    return given


def _parse_whole(post: QueryDict, name: str) -> int | None:
    text = post.get(name, "").strip()
    if text and (not text.isdecimal() or len(text) > 9):
        raise BadRequest(gettext("{name} must be a whole number.").format(name=name.replace("_", " ")))
    return int(text) if text else None


def parse_turn_form(post: QueryDict, mode: str) -> TurnRequest:
    """The turn that the composer asks for. An empty field counts as absent, except the persona: empty takes it off."""
    given: ChatChanges = {name: post[name] for name in ("entry", "bot", "parent", "reply_to") if post.get(name)}
    if "persona" in post:
        given["persona"] = post["persona"] or None
    if mode == "regenerate":
        given["message"] = post.get("message")  # the other modes act on the newest turn
    return TurnRequest.from_body({**given, "mode": mode})


def parse_participant_form(post: QueryDict) -> ChatChanges:
    """What a form asks of a bot's part in a chat."""
    given: ChatChanges = {name: post[name] for name in (*ACTIONS, "role", "preset") if name in post}
    if "model" in post:
        given["model"] = parse_model_value(str(post["model"]))
    if "talkativeness" in post:
        given["talkativeness"] = _parse_share(str(post["talkativeness"]))
    return given


def _parse_share(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise BadRequest(gettext("Talkativeness is a number from 0 to 1.")) from error


def parse_lore_form(post: QueryDict) -> list[int]:
    """The ids of the lore books that are ticked."""
    given = post.getlist("book")
    if any(not each.isdecimal() or len(each) > 18 for each in given):
        raise BadRequest(gettext("book: give the numbers of collections."))
    return [int(each) for each in given]
