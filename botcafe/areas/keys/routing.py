"""The way a call takes: the key that was asked for, then those that its owner named to fall back on."""

from collections.abc import Iterator
from dataclasses import dataclass

from botcafe.areas.keys.collections.api_key import ApiKey
from botcafe.areas.keys.quotas import check_usable
from botcafe.cms.db.prepared_statements import PreparedQuery
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import Forbidden, NotFound
from botcafe.llm.providers.profiles import PROVIDERS


@dataclass(frozen=True, slots=True)
class RouteStep:
    """One key to try, with the model to ask it for."""

    key_id: int
    provider: str
    model: str
    nickname: str


class Route(list[RouteStep]):
    """The steps in their order; ``reasons`` says what was kept out, in words for the owner."""

    def __init__(self) -> None:
        super().__init__()
        self.reasons: list[str] = []


_MINE = PreparedQuery(lambda user: ApiKey.objects.filter(user=user).order_by("-created_at", "-id"))


def route_of(actor: Actor, key_id: int, model: str) -> Route:
    """The asked key, then what its ``fallback_providers`` name: id or nickname of another own key, or a provider's
    name (its newest key that may be used), each with ``:model`` where it shall be another. Raises NotFound.

    Without a model of its own a step takes the asked one at the same provider, else the first that its key prefers.
    """
    mine = _MINE.rows(actor.id) if actor.id else []
    first = next((row for row in mine if row.pk == key_id), None)
    if first is None:
        raise NotFound("This key is not there any more.")
    route = Route()
    route.append(_step(first, model or _preferred(first)))
    for name in first.key_configuration_fallback_providers or []:
        _add(route, first, mine, str(name).strip())
    return route


def _add(route: Route, first: ApiKey, mine: list[ApiKey], name: str) -> None:
    found, model = _resolved(mine, name)
    if found is None:
        if name:
            route.reasons.append(f"“{name[:100]}” names no key and no provider of yours.")
        return
    problem = _problem(found)
    asked = route[0].model if found.provider == first.provider else ""
    step = _step(found, model or asked or _preferred(found))
    if problem:
        route.reasons.append(f"“{found.nickname}”: {problem}")
    elif not step.model:
        route.reasons.append(f"“{found.nickname}” says no model: write it as “{name[:100]}:model”.")
    elif step not in route:
        route.append(step)


def _resolved(mine: list[ApiKey], name: str) -> tuple[ApiKey | None, str]:
    """The key that a text names, and the model behind it; names and models may have colons of their own."""
    for head, model in _splits(name):
        found = _named(mine, head)
        if found is not None:
            return found, model
    return None, ""


def _splits(name: str) -> Iterator[tuple[str, str]]:
    yield name, ""
    end = name.rfind(":")
    while end > 0:
        yield name[:end].strip(), name[end + 1 :].strip()
        end = name.rfind(":", 0, end)


def _named(mine: list[ApiKey], name: str) -> ApiKey | None:
    """By id, by nickname (the newest of that name), by provider (its newest key that may be used)."""
    by_id = next((row for row in mine if str(row.pk) == name), None)
    if by_id is not None:
        return by_id
    wanted = name.casefold()
    by_nickname = next((row for row in mine if row.nickname.strip().casefold() == wanted), None)
    if by_nickname is not None or wanted not in {*PROVIDERS, *(row.provider for row in mine)}:
        return by_nickname
    of_provider = [row for row in mine if row.provider == wanted]
    return next((row for row in of_provider if not _problem(row)), of_provider[0] if of_provider else None)


def _problem(row: ApiKey) -> str:
    try:
        check_usable(row)
    except Forbidden as error:
        return error.message
    return ""


def _step(row: ApiKey, model: str) -> RouteStep:
    return RouteStep(row.pk, row.provider, model, row.nickname)


def _preferred(row: ApiKey) -> str:
    models = row.key_configuration_model_preferences or []
    return str(models[0]) if models else ""
