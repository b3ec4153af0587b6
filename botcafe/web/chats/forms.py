"""The forms of a chat as what its areas understand."""

from typing import Any

from django.http import QueryDict

from botcafe.areas.companions.chats.participants import ACTIONS
from botcafe.areas.companions.chats.turn_request import TurnRequest
from botcafe.cms.schema.errors import BadRequest
from botcafe.web.chats.drawer import choice_of


def given_settings(post: QueryDict) -> dict[str, Any]:
    """The fields of a form as the settings that they stand for; what the form has not is not changed."""
    given: dict[str, Any] = {name: post[name] for name in ("title", "status", "tags", "speaking_order") if name in post}
    given |= {name: post[name] or None for name in ("persona", "preset", "scenario") if name in post}
    given |= {name: _whole(post, name) for name in ("window_tokens", "reply_tokens") if name in post}
    if "memory" in post:
        given["memory"] = post["memory"] == "1"  # the last of two: a box that is not ticked sends nothing
    if "model" in post:
        given["model"] = choice_of(str(post["model"]))
    if "note_text" in post:
        note = {"text": post["note_text"], "role": post.get("note_role") or "system"}
        given["author_note"] = note | {n: _whole(post, f"note_{n}") for n in ("depth", "every")}
    if "auto_on" in post:
        auto = {"turns": _whole(post, "auto_turns"), "delay_seconds": _whole(post, "auto_delay")}
        given["auto"] = {"on": post["auto_on"] == "1", **{k: v for k, v in auto.items() if v is not None}}
    return given


def _whole(post: QueryDict, name: str) -> int | None:
    text = post.get(name, "").strip()
    if text and (not text.isdecimal() or len(text) > 9):
        raise BadRequest(f"{name.replace('_', ' ')} must be a whole number.")
    return int(text) if text else None


def given_turn(post: QueryDict, mode: str) -> TurnRequest:
    """What the writing line asks for: an empty field is none, but for a persona, which it takes off."""
    given: dict[str, Any] = {name: post[name] for name in ("entry", "bot", "parent", "reply_to") if post.get(name)}
    if "persona" in post:
        given["persona"] = post["persona"] or None
    if mode == "regenerate":
        given["message"] = post.get("message")  # the other acts are of the newest turn
    return TurnRequest.from_body({**given, "mode": mode})


def given_part(post: QueryDict) -> dict[str, Any]:
    """The fields of a form as what is asked of a bot's part in a chat."""
    given: dict[str, Any] = {name: post[name] for name in (*ACTIONS, "role", "preset") if name in post}
    if "model" in post:
        given["model"] = choice_of(str(post["model"]))
    if "talkativeness" in post:
        given["talkativeness"] = _share(str(post["talkativeness"]))
    return given


def _share(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise BadRequest("How readily a bot speaks is a number from 0 to 1.") from error


def given_books(post: QueryDict) -> list[int]:
    """The collections that are ticked."""
    given = post.getlist("book")
    if any(not each.isdecimal() or len(each) > 18 for each in given):
        raise BadRequest("book: give the numbers of collections.")
    return [int(each) for each in given]
