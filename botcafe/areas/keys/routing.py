"""The route of a call: the requested key, then its fallbacks."""

from collections.abc import Iterator
from dataclasses import dataclass

from botcafe.areas.keys.collections.api_key import ApiKey
from botcafe.areas.keys.quotas import check_usable
from botcafe.cms.db.prepared_statements import PreparedQuery
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import Forbidden, NotFound
from botcafe.llm.providers.profiles import PROVIDERS


@dataclass(frozen=True, slots=True)
class KeyRouteStep:
    """One key to try, with the model to request."""

    key_id: int
    provider: str
    model: str
    nickname: str


class KeyRoute(list[KeyRouteStep]):
    """The steps in order; ``reasons`` says in words for the owner which fallbacks were left out and why."""

    def __init__(self) -> None:
        super().__init__()
        self.reasons: list[str] = []


_OWN_KEYS = PreparedQuery(lambda user: ApiKey.objects.filter(user=user).order_by("-created_at", "-id"))


def build_route(actor: Actor, key_id: int, model: str) -> KeyRoute:
    """Build the route from a key and its ``fallback_providers``. Raises NotFound.

    A fallback is the id or nickname of another own key, or a provider's name (its newest usable key), each optionally
    with ``:model``. Without one it uses the requested model at the same provider, else its key's first preference.
    """
    mine = _OWN_KEYS.rows(actor.id) if actor.id else []
    first = next((row for row in mine if row.pk == key_id), None)
    if first is None:
        raise NotFound("This key is not there any more.")
    route = KeyRoute()
    route.append(_route_step(first, model or _preferred_model(first)))
    for name in first.key_configuration_fallback_providers or []:
        _add_fallback(route, first, mine, str(name).strip())
    return route


def _add_fallback(route: KeyRoute, first: ApiKey, mine: list[ApiKey], name: str) -> None:
    found, model = _find_key_and_model(mine, name)
    if found is None:
        if name:
            route.reasons.append(f"“{name[:100]}” names no key and no provider of yours.")
        return
    problem = _why_unusable(found)
    asked = route[0].model if found.provider == first.provider else ""
    step = _route_step(found, model or asked or _preferred_model(found))
    if problem:
        route.reasons.append(f"“{found.nickname}”: {problem}")
    elif not step.model:
        route.reasons.append(f"“{found.nickname}” says no model: write it as “{name[:100]}:model”.")
    elif step not in route:
        route.append(step)


def _find_key_and_model(mine: list[ApiKey], name: str) -> tuple[ApiKey | None, str]:
    """The key and model that a text names; the model is "" where none is given."""
    # Nicknames and models may contain colons (``llama3:8b``): every split is tried, longest name first.
    for head, model in _split_at_colons(name):
        found = _find_key_by_name(mine, head)
        if found is not None:
            return found, model
    return None, ""


def _split_at_colons(name: str) -> Iterator[tuple[str, str]]:
    yield name, ""
    end = name.rfind(":")
    while end > 0:
        yield name[:end].strip(), name[end + 1 :].strip()
        end = name.rfind(":", 0, end)


def _find_key_by_name(mine: list[ApiKey], name: str) -> ApiKey | None:
    """Find a key by id, by nickname (the newest), or by provider (the newest usable one)."""
    by_id = next((row for row in mine if str(row.pk) == name), None)
    if by_id is not None:
        return by_id
    wanted = name.casefold()
    by_nickname = next((row for row in mine if row.nickname.strip().casefold() == wanted), None)
    if by_nickname is not None or wanted not in {*PROVIDERS, *(row.provider for row in mine)}:
        return by_nickname
    of_provider = [row for row in mine if row.provider == wanted]
    # An unusable key is better than none: the route then tells the owner why it was left out.
    return next((row for row in of_provider if not _why_unusable(row)), of_provider[0] if of_provider else None)


def _why_unusable(row: ApiKey) -> str:
    try:
        check_usable(row)
    except Forbidden as error:
        return error.message
    return ""


def _route_step(row: ApiKey, model: str) -> KeyRouteStep:
    return KeyRouteStep(row.pk, row.provider, model, row.nickname)


def _preferred_model(row: ApiKey) -> str:
    models = row.key_configuration_model_preferences or []
    return str(models[0]) if models else ""
