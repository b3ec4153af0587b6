"""Ends streams whose caller is no longer signed in: one question to the database every two seconds, for all of them."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from botcafe.areas.accounts.authentication import SignIn, ended_sign_ins
from botcafe.chat.generation.service import SERVICE
from botcafe.cms.schema.actor import Actor
from botcafe.kit.db_errors import is_unreachable, report_outage

CHECK_SECONDS = 2.0


class SignInWatch:
    """The sign-ins behind the streams of this process."""

    def __init__(self) -> None:
        self._streams: dict[SignIn, set[asyncio.Future[None]]] = {}
        self._looking: asyncio.Task[None] | None = None

    @contextmanager
    def until_ended(self, actor: Actor) -> Iterator["asyncio.Future[None]"]:
        """A future that is done once the actor is signed out, deactivated, or has another password, or the token is revoked."""
        key: SignIn = (int(actor.id or 0), actor.session_id, actor.access_token_id)
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._streams.setdefault(key, set()).add(ended)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            yield ended
        finally:
            self._streams[key].discard(ended)
            if not self._streams[key]:
                del self._streams[key]
            ended.cancel()

    async def _look(self) -> None:
        while self._streams:
            await asyncio.sleep(CHECK_SECONDS)
            for key in await self._ended():
                for each in self._streams.get(key, ()):
                    if not each.done():
                        each.set_result(None)

    async def _ended(self) -> set[SignIn]:
        try:
            return await SERVICE.run_in_database(ended_sign_ins, set(self._streams))
        except Exception as error:
            # While the database is away nobody is signed out: the next look tells.
            if not is_unreachable(error):
                raise
            report_outage("the streams", error)
            return set()


WATCH = SignInWatch()
