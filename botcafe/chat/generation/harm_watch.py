"""Reads along with a growing reply, and stops one in which the bot urges or teaches the person to harm themselves."""

import asyncio

from botcafe.areas.wellbeing.crisis.detection import find_urging

# Whole sentences are read, and not one by one: each look is a trip to a thread.
CHARACTERS_BETWEEN_LOOKS = 160
# A text without the end of a sentence is read all the same once it is so long.
MAX_WAITING_CHARACTERS = 1200
_ENDS = ".!?。！？\n"


class HarmWatch:
    """Watches one reply. ``seen`` is how much of its text was read."""

    def __init__(self, existing_text: str) -> None:
        self.seen = len(existing_text)

    async def look(self, text: str, *, is_over: bool = False) -> int | None:
        """Where the harmful sentence begins in ``text``, in characters; None where there is none, or it is not time yet."""
        if not is_over and len(text) - self.seen < CHARACTERS_BETWEEN_LOOKS:
            return None
        fresh = text[self.seen :]
        whole = len(fresh) if is_over else max(fresh.rfind(sign) for sign in _ENDS) + 1
        if not whole and len(fresh) < MAX_WAITING_CHARACTERS:
            return None
        start, part = self.seen, fresh[: whole or len(fresh)]
        self.seen += len(part)
        place = await asyncio.to_thread(find_urging, part)
        return None if place is None else start + place
