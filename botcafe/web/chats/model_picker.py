"""The model picker: every model that may answer in a chat, grouped by key, with what is known of each."""

from dataclasses import dataclass, replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from botcafe.areas.companions.chats import participants
from botcafe.areas.companions.chats import queries as chat_queries
from botcafe.areas.companions.chats.settings_model import read_chat_settings
from botcafe.areas.companions.scenes.library import is_any_starter
from botcafe.areas.companions.turns.model_choice import REHEARSAL, default_model_choice
from botcafe.areas.companions.turns.recent_models import recent_models
from botcafe.areas.keys.model_offers import ModelOffer, list_model_offers
from botcafe.areas.keys.queries import list_keys
from botcafe.cms.schema.errors import NotFound
from botcafe.web.chats.addresses import chat_urls
from botcafe.web.chats.model_names import CHAT_MODEL_LABEL, REHEARSAL_LABEL, SCENE_LABEL, model_name, model_value
from botcafe.web.shell.presenters import as_context, query_number
from botcafe.web.shell.requests import actor_of, sign_in_required

MAX_MODELS = 500
MAX_WORDS = 100


@dataclass(frozen=True, slots=True)
class PickableModel:
    """A model in the list; ``facts`` are its window and prices in words, empty where nothing is known."""

    value: str
    name: str
    facts: str = ""
    sees_pictures: bool = False
    is_chosen: bool = False
    is_default: bool = False
    key_name: str = ""


@dataclass(frozen=True, slots=True)
class ModelGroup:
    """Models below one heading: a key, or those that were used last."""

    name: str
    detail: str
    rows: list[PickableModel]
    is_recent: bool = False


@dataclass(frozen=True, slots=True)
class ModelPicker:
    """All that the picker shows. ``bot`` is the participant whose own model is chosen, None for the chat's."""

    groups: list[ModelGroup]
    words: str
    has_more: bool
    limit: int
    has_keys: bool
    bot: participants.ParticipantDetails | None


def _pickable(offer: ModelOffer) -> PickableModel:
    """A model that a key offers, as the picker shows it."""
    facts = offer.facts
    told = []
    if facts.context_window:
        told.append(gettext("{size} context").format(size=_short_count(facts.context_window)))
    if facts.input_price is not None and facts.output_price is not None:
        is_free = not facts.input_price and not facts.output_price
        both = gettext("{input_price} in, {output_price} out per million tokens").format(
            input_price=_price(facts.input_price), output_price=_price(facts.output_price)
        )
        told.append(gettext("free") if is_free else both)
    return PickableModel(
        value=f"{offer.key.id}:{offer.model}",
        name=offer.model,
        facts=" · ".join(told),
        sees_pictures=bool(facts.sees_images),
        key_name=offer.key.nickname,
    )


def _short_count(tokens: int) -> str:
    # A power of two is counted in 1024s: 131,072 is called 128k, as 128,000 is.
    if tokens >= 1_000_000:
        return f"{tokens / 1_000_000:.1f}".removesuffix(".0") + "M"
    thousand = 1024 if tokens & (tokens - 1) == 0 else 1000
    return f"{tokens // thousand}k" if tokens >= thousand else str(tokens)


def _price(dollars: float) -> str:
    text = f"{dollars:.2f}" if dollars >= 0.1 else f"{dollars:.3g}"
    return f"${text.removesuffix('.00')}"


@sign_in_required
def models(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """The picker, as a page of its own; the chat's page shows it in a dialog. ``?bot=`` picks for one participant."""
    actor = actor_of(request)
    chat = chat_queries.own_conversation_for(actor, conversation_id)
    present = participants.list_participants(chat)
    bot_id = query_number(request, "bot")
    bot = next((each for each in present if each.id == bot_id), None)
    if "bot" in request.GET and bot is None:
        raise NotFound
    words = request.GET.get("q", "").strip()[:MAX_WORDS]
    keys = list_keys(actor)
    offers, has_more = list_model_offers(keys, words, MAX_MODELS)
    default = model_value(default_model_choice(int(actor.id or 0))) or REHEARSAL
    without_key = str(SCENE_LABEL if is_any_starter((each.id, each.slug) for each in present) else REHEARSAL_LABEL)
    chosen = model_value(bot.model if bot else read_chat_settings(chat).model)
    if bot:
        first = PickableModel("", str(CHAT_MODEL_LABEL))
    else:
        first = PickableModel("", gettext("My default: {model}").format(model=model_name(default, without_key, keys)))
    found = [[first, PickableModel(REHEARSAL, without_key)], *_by_key(offers)]
    marked = [[replace(r, is_chosen=r.value == chosen, is_default=r.value == default) for r in rows] for rows in found]
    picker = ModelPicker(
        groups=_groups(marked, offers, [] if words else recent_models(actor)),
        words=words,
        has_more=has_more,
        limit=MAX_MODELS,
        has_keys=bool(keys),
        bot=bot,
    )
    context = {
        **as_context(picker),
        "chat": {"id": chat.pk, "title": chat.title or gettext("Chat")},
        "urls": chat_urls(chat.pk),
    }
    return render(request, "chats/models.html", context)


def _by_key(offers: list[ModelOffer]) -> list[list[PickableModel]]:
    found: dict[int, list[PickableModel]] = {}
    for offer in offers:
        found.setdefault(offer.key.id, []).append(_pickable(offer))
    return list(found.values())


def _groups(
    marked: list[list[PickableModel]], offers: list[ModelOffer], used: list[tuple[str, str]]
) -> list[ModelGroup]:
    keys = {offer.key.id: offer.key for offer in offers}
    rows = {row.value: row for group in marked[1:] for row in group}
    by_model: dict[tuple[str, str], PickableModel] = {}
    for offer in offers:
        by_model.setdefault((offer.key.provider, offer.model), rows[f"{offer.key.id}:{offer.model}"])
    recent = [by_model[each] for each in used if each in by_model]
    groups = [ModelGroup("", "", marked[0])]
    if recent:
        groups.insert(0, ModelGroup(gettext("Recent"), "", recent, is_recent=True))
    pairs = zip(keys.values(), marked[1:], strict=True)
    return groups + [ModelGroup(key.nickname, key.provider_label, group) for key, group in pairs]
