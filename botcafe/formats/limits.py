"""Upper bounds that keep a hostile file from using up memory or time."""

from typing import Final

MIB: Final = 1024 * 1024
MAX_FILE_BYTES: Final = 50 * MIB
MAX_JSON_BYTES: Final = 16 * MIB
# Base64 grows text by a third; the slack covers line breaks that some writers put in.
MAX_TEXT_CHUNK_BYTES: Final = MAX_JSON_BYTES * 4 // 3 + MIB
MAX_JSON_BRACKETS: Final = 400_000
MAX_JSON_DEPTH: Final = 64
MAX_NESTED_CHAT: Final = 1_000
"""Levels of a chat whose messages lie in each other, two for each message."""
MAX_LORE_ENTRIES: Final = 20_000
MAX_PNG_CHUNKS: Final = 100_000
MAX_PNG_TEXT_CHUNKS: Final = 1_000
# How many chunks with the same keyword are tried before giving up on that keyword.
MAX_TRIES_PER_KEYWORD: Final = 2
MAX_WARNINGS: Final = 200
MAX_WARNING_LENGTH: Final = 400
MAX_WHOLE_NUMBER: Final = 2**31 - 1
MAX_ZIP_MEMBERS: Final = 2_000
MAX_ZIP_BYTES: Final = 200 * MIB
# Text packs at about 10 to 1; a bomb at 1,000 to 1.
MAX_ZIP_RATIO: Final = 200
MAX_CHATS: Final = 2_000
MAX_MESSAGES: Final = 200_000
MAX_SWIPES: Final = 500
"""Alternatives of one message."""
MAX_YAML_BYTES: Final = 512 * 1024
