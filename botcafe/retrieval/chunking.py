"""Texts to pieces that an embedder can take, at paragraphs, then sentences, then words; offsets are kept."""

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
    """The pieces of a text, of a sort of ``SIZES`` or ``message``; none of an empty text.

    ``max_tokens`` is the window of the embedder: no piece is estimated to be longer.
    """
    if not text.strip():
        return []
    tokens = max(1, estimate_tokens(text))
    cap = max(16, int(max_tokens * WINDOW_SHARE))
    size, overlap = CHUNK_SIZES.get(sort, (cap, 0))
    size = min(size, cap)
    if tokens <= size:
        return [TextChunk(0, len(text), text)]
    characters_per_token = len(text) / tokens
    capacity = max(8, int(size * characters_per_token))
    splitter = TextSplitter(capacity, overlap=min(int(overlap * characters_per_token), capacity // 4))
    return [TextChunk(start, start + len(piece), piece) for start, piece in splitter.chunk_indices(text)]
