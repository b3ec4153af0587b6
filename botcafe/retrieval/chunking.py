"""Splits texts into chunks that fit an embedder, at paragraphs, then sentences, then words."""

from dataclasses import dataclass

from semantic_text_splitter import TextSplitter

from botcafe.llm.tokens import estimate_tokens

# Tokens of a piece, and of its overlap with the one before. A message is one piece.
CHUNK_SIZES = {"lore": (750, 50), "memory": (400, 25), "legacy_memory": (600, 40), "document": (1000, 75)}
# Share of the embedder's window that is used: its tokens are estimated, not counted.
WINDOW_SHARE = 0.85


@dataclass(frozen=True, slots=True)
class TextChunk:
    """``text[start:end]`` of a source; offsets are characters."""

    start: int
    end: int
    text: str


def split_text(text: str, sort: str, max_tokens: int) -> list[TextChunk]:
    """The chunks of a text of a sort of ``CHUNK_SIZES`` or ``message``; none for an empty text.

    ``max_tokens`` is the embedder's window; no chunk is estimated to be longer than it.
    """
    if not text.strip():
        return []
    tokens = max(1, estimate_tokens(text))
    cap = max(16, int(max_tokens * WINDOW_SHARE))
    size, overlap = CHUNK_SIZES.get(sort, (cap, 0))
    size = min(size, cap)
    if tokens <= size:
        return [TextChunk(0, len(text), text)]
    # The splitter counts characters, and how many make a token differs widely between languages.
    characters_per_token = len(text) / tokens
    capacity = max(8, int(size * characters_per_token))
    splitter = TextSplitter(capacity, overlap=min(int(overlap * characters_per_token), capacity // 4))
    return [TextChunk(start, start + len(piece), piece) for start, piece in splitter.chunk_indices(text)]
