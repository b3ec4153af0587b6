"""Tries a key: asks its provider for the list of models."""

import asyncio

from botcafe.areas.keys.queries import OpenedKey, open_key
from botcafe.cms.actor import Actor
from botcafe.cms.errors import ApiError
from botcafe.llm.errors import ModelError
from botcafe.llm.openai_wire import list_models
from botcafe.llm.transport import close_sessions


def try_key(actor: Actor, key_id: int) -> tuple[bool, str]:
    """Whether the key works, in words for people; never the key itself."""
    try:
        opened = open_key(actor, key_id)
        models = asyncio.run(_models(opened))
    except (ApiError, ModelError) as error:
        return False, str(error)
    return True, f"The key works: its provider offers {len(models)} models."


async def _models(opened: OpenedKey) -> list[str]:
    try:
        return await list_models(opened.endpoint, timeout_s=10.0)
    finally:
        await close_sessions()
