"""What a reply was made of, as the page shows it: blocks, and a bar of how the window is filled."""

from typing import Any

from botcafe.web.shell.addresses import page_url
from botcafe.web.shell.presenters import money

BAR = 1000
KINDS = {"persona": 3, "lore": 2, "memory": 4, "examples": 5, "note": 6}


def inspector_of(told: dict[str, Any], *, is_preview: bool = False) -> dict[str, Any]:
    """What was sent, or would be, with a bar of how the window is filled."""
    blocks = [{**each, "is_included": each.get("included") is not False} for each in told.get("blocks") or []]
    names = ("total_tokens", "window_tokens", "reply_tokens", "model", "provider", "hops", "is_estimated")
    numbers = {name: int(told.get(name) or 0) for name in ("input_tokens", "output_tokens")}
    return {
        **{name: told.get(name) for name in names},
        **numbers,
        "blocks": _gathered(blocks),
        "bar": _bar(blocks, told),
        "cost": money(told.get("cost_usd")) or ("unknown" if told.get("cost_usd") is None else "nothing"),
        "seconds": round((told.get("milliseconds") or 0) / 1000, 1),
        "is_preview": is_preview,
        "told": _told(told, is_in=True),
        "untold": _told(told, is_in=False),
        "silent": sum(n for n in (told.get("silent") or {}).values() if isinstance(n, int)),
    }


def _told(told: dict[str, Any], *, is_in: bool) -> list[dict[str, Any]]:
    """Lore and memories that were told, or were not: title, reason in words, tokens, and where to read more."""
    rows = [each for each in told.get("reasons") or [] if bool(each.get("in")) is is_in]
    found = [{"title": r["title"], "why": r["why"], "tokens": r.get("tokens"), "url": "", "kind": "Lore"} for r in rows]
    for each in told.get("recalled") or []:
        if bool(each.get("in")) is is_in:
            is_memory = each.get("kind") == "memory"
            url = page_url("memories:memory", each["id"]) if is_memory else f"?around={each['id']}#m{each['id']}"
            kind = "Memory" if is_memory else "Said earlier"
            shown = {"title": each["title"], "why": each["why"], "tokens": each.get("tokens")}
            found.append({**shown, "url": url, "kind": kind})
    return found


def _gathered(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The blocks as they are read: neighbouring messages under one head."""
    shown: list[dict[str, Any]] = []
    for each in blocks:
        is_said = _kind(each)[0] == 1
        if not is_said:
            shown.append(each)
        elif shown and shown[-1].get("lines") and shown[-1]["is_included"] == each["is_included"]:
            shown[-1]["lines"].append(each)
            shown[-1]["tokens"] += int(each.get("tokens") or 0)
        else:
            head = {
                "title": "What was said",
                "is_included": each["is_included"],
                "tokens": int(each.get("tokens") or 0),
            }
            shown.append({**head, "reason": each.get("reason"), "lines": [each]})
    return shown


def _bar(blocks: list[dict[str, Any]], told: dict[str, Any]) -> list[dict[str, Any]]:
    """Pieces of a bar from 0 to 1000, neighbours of one kind as one; the room for the reply at its end."""
    parts: list[tuple[Any, str, int]] = []
    for each in blocks:
        if not each["is_included"] or not each.get("tokens"):
            continue
        kind, title = _kind(each)
        if parts and parts[-1][0] == kind:
            parts[-1] = (kind, parts[-1][1], parts[-1][2] + int(each["tokens"]))
        else:
            parts.append((kind, title, int(each["tokens"])))
    reply = int(told.get("reply_tokens") or 0)
    whole = max(int(told.get("window_tokens") or 0), sum(n for _, _, n in parts) + reply, 1)
    at, drawn = 0.0, []
    for kind, title, tokens in parts:
        width = BAR * tokens / whole
        drawn.append({"kind": kind, "x": f"{at:.1f}", "width": f"{width:.1f}", "title": f"{title}: {tokens} tokens"})
        at += width
    if reply:
        room = {"kind": "room", "title": f"Room for the reply: {reply} tokens"}
        drawn.append({**room, "x": f"{BAR - BAR * reply / whole:.1f}", "width": f"{BAR * reply / whole:.1f}"})
    return drawn


def _kind(block: dict[str, Any]) -> tuple[Any, str]:
    if block.get("slot") in {"history", "last"} and block.get("depth") is None:
        return 1, "What was said"
    name = str(block.get("id") or "").split(":")[0].split("-")[0].replace("recalled", "memory")
    return KINDS.get(name, 0), str(block.get("title") or "")
