"""What a reply was made of, as the page shows it: blocks, and a bar of how the window is filled."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext

from botcafe.web.shell.addresses import page_url
from botcafe.web.shell.presenters import format_money

BAR_WIDTH = 1000
SEGMENT_KINDS = {"persona": 3, "lore": 2, "memory": 4, "examples": 5, "note": 6}
MESSAGES_KIND = 1
Trace = Mapping[str, Any]
"""A stored trace or a preview, in the shape of ``chat.preview``: JSON that older releases have written too."""


@dataclass(frozen=True, slots=True)
class InspectorLine:
    """One message of the prompt."""

    title: str
    text: str
    tokens: int | None


@dataclass(frozen=True, slots=True)
class InspectorBlock:
    """A block of the prompt, or neighbouring messages (``lines``) under one head."""

    title: str
    is_included: bool
    tokens: int | None
    reason: str | None
    role: str = ""
    source: str = ""
    text: str = ""
    lines: tuple[InspectorLine, ...] = ()


@dataclass(frozen=True, slots=True)
class ContextItem:
    """Lore or a memory that was considered for the prompt, and why it is in it or not."""

    title: str
    why: str
    tokens: int | None
    url: str
    kind: str


@dataclass(frozen=True, slots=True)
class BarSegment:
    """A piece of the bar, from 0 to ``BAR_WIDTH``."""

    kind: int | str
    x: str
    width: str
    title: str


@dataclass(frozen=True, slots=True)
class Inspector:
    """What was sent for a reply, or would be; ``newest`` alone where the page only offers to show it."""

    blocks: list[InspectorBlock] = field(default_factory=list)
    bar: list[BarSegment] = field(default_factory=list)
    total_tokens: int | None = None
    window_tokens: int | None = None
    reply_tokens: int | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    model: str | None = None
    provider: str | None = None
    hops: list[Mapping[str, str]] = field(default_factory=list)
    is_estimated: bool = False
    cost: str = ""
    seconds: float = 0.0
    is_preview: bool = False
    included: list[ContextItem] = field(default_factory=list)
    left_out: list[ContextItem] = field(default_factory=list)
    silent: int = 0
    newest: int | None = None


def inspector_of(trace: Trace, *, is_preview: bool = False) -> Inspector:
    """What was sent, or would be, with a bar of how the window is filled."""
    blocks: list[Trace] = trace.get("blocks") or []
    cost = trace.get("cost_usd")
    return Inspector(
        blocks=_gather_blocks(blocks),
        bar=_bar_segments(blocks, trace),
        total_tokens=trace.get("total_tokens"),
        window_tokens=trace.get("window_tokens"),
        reply_tokens=trace.get("reply_tokens"),
        input_tokens=int(trace.get("input_tokens") or 0),
        output_tokens=int(trace.get("output_tokens") or 0),
        model=trace.get("model"),
        provider=trace.get("provider"),
        hops=trace.get("hops") or [],
        is_estimated=bool(trace.get("is_estimated")),
        cost=format_money(cost) or (gettext("unknown") if cost is None else gettext("nothing")),
        seconds=round((trace.get("milliseconds") or 0) / 1000, 1),
        is_preview=is_preview,
        included=_context_items(trace, is_in=True),
        left_out=_context_items(trace, is_in=False),
        silent=sum(n for n in (trace.get("silent") or {}).values() if isinstance(n, int)),
    )


def _context_items(trace: Trace, *, is_in: bool) -> list[ContextItem]:
    """Lore, memories and earlier messages that are in the prompt, or were left out of it."""
    lore = [each for each in trace.get("reasons") or [] if bool(each.get("in")) is is_in]
    recalled = [each for each in trace.get("recalled") or [] if bool(each.get("in")) is is_in]
    return [
        *(ContextItem(each["title"], each["why"], each.get("tokens"), "", gettext("Lore")) for each in lore),
        *(_recalled_item(each) for each in recalled),
    ]


def _recalled_item(each: Trace) -> ContextItem:
    is_memory = each.get("kind") == "memory"
    # An earlier message is of the chat whose page this is: its address is relative to it.
    url = page_url("memories:memory", each["id"]) if is_memory else f"?around={each['id']}#m{each['id']}"
    kind = gettext("Memory") if is_memory else gettext("Said earlier")
    return ContextItem(each["title"], each["why"], each.get("tokens"), url, kind)


def _gather_blocks(blocks: list[Trace]) -> list[InspectorBlock]:
    """The blocks as they are read: neighbouring messages under one head."""
    shown: list[InspectorBlock] = []
    for each in blocks:
        is_included = each.get("included") is not False
        if _segment_kind(each)[0] != MESSAGES_KIND:
            shown.append(_inspector_block(each, is_included=is_included))
            continue
        line = InspectorLine(each.get("title") or "", each.get("text") or "", each.get("tokens"))
        tokens = int(each.get("tokens") or 0)
        last = shown[-1] if shown else None
        if last and last.lines and last.is_included == is_included:
            shown[-1] = replace(last, lines=(*last.lines, line), tokens=(last.tokens or 0) + tokens)
        else:
            shown.append(
                InspectorBlock(gettext("What was said"), is_included, tokens, each.get("reason"), lines=(line,))
            )
    return shown


def _inspector_block(each: Trace, *, is_included: bool) -> InspectorBlock:
    return InspectorBlock(
        title=each.get("title") or "",
        is_included=is_included,
        tokens=each.get("tokens"),
        reason=each.get("reason"),
        role=each.get("role") or "",
        source=each.get("source") or "",
        text=each.get("text") or "",
    )


def _bar_segments(blocks: list[Trace], trace: Trace) -> list[BarSegment]:
    """Segments from 0 to ``BAR_WIDTH``, neighbours of one kind as one; the room for the reply at the end."""
    parts: list[tuple[int, str, int]] = []
    for each in blocks:
        if each.get("included") is False or not each.get("tokens"):
            continue
        kind, title = _segment_kind(each)
        if parts and parts[-1][0] == kind:
            parts[-1] = (kind, parts[-1][1], parts[-1][2] + int(each["tokens"]))
        else:
            parts.append((kind, title, int(each["tokens"])))
    reply = int(trace.get("reply_tokens") or 0)
    # A prompt may be larger than the window that is known of its model: then the bar shows the prompt.
    whole = max(int(trace.get("window_tokens") or 0), sum(n for _, _, n in parts) + reply, 1)
    at, segments = 0.0, []
    for kind, title, tokens in parts:
        width = BAR_WIDTH * tokens / whole
        segments.append(
            BarSegment(
                kind,
                f"{at:.1f}",
                f"{width:.1f}",
                gettext("{title}: {tokens} tokens").format(title=title, tokens=tokens),
            )
        )
        at += width
    if reply:
        width = BAR_WIDTH * reply / whole
        title = gettext("Room for the reply: {tokens} tokens").format(tokens=reply)
        segments.append(BarSegment("room", f"{BAR_WIDTH - width:.1f}", f"{width:.1f}", title))
    return segments


def _segment_kind(block: Trace) -> tuple[int, str]:
    """The colour of a block in the bar, and its name."""
    if block.get("slot") in {"history", "last"} and block.get("depth") is None:
        return MESSAGES_KIND, gettext("What was said")
    name = str(block.get("id") or "").split(":")[0].split("-")[0].replace("recalled", "memory")
    return SEGMENT_KINDS.get(name, 0), str(block.get("title") or "")
