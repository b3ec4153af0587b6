"""Form actions of a chat: ``/chats/<id>/<action>`` redirects to the chat, or answers JSON to the page's script."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field

from django.contrib import messages as flash
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from botcafe.areas.accounts.authentication import SESSION_COOKIE
from botcafe.areas.companions.chats import lore_links, participants
from botcafe.areas.companions.chats import queries as chat_queries
from botcafe.areas.companions.chats import settings as chat_settings
from botcafe.areas.companions.chats.fork import fork_chat
from botcafe.areas.companions.messages import tree
from botcafe.areas.companions.turns import turn_request
from botcafe.areas.companions.turns.commit import StartedTurn
from botcafe.areas.keys.unlocking import UnlockedKeys, load_unlocked_keys
from botcafe.areas.wellbeing.notices import Notice
from botcafe.chat.turns import notify_watchers, start_edited_turn, start_turn, stop_chat
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError
from botcafe.cms.write.field_values import refuse_nul_characters
from botcafe.web.chats import views as chat_views
from botcafe.web.chats.forms import parse_lore_form, parse_participant_form, parse_settings_form, parse_turn_form
from botcafe.web.shell.addresses import page_url, redirect_to
from botcafe.web.shell.requests import actor_of, sign_in_required

TURN_MODES = ("send", "continue", "regenerate", "impersonate")


@dataclass(frozen=True, slots=True)
class ActionResult:
    """What a script gets as JSON, and where a form without script goes: the chat's page unless ``chat_id`` says another."""

    body: Mapping[str, object] = field(default_factory=dict)
    query: Mapping[str, object] | None = None
    fragment: str = "latest"
    chat_id: int | None = None
    notices: tuple[Notice, ...] = ()


ChatAction = Callable[[Actor, int, QueryDict], ActionResult]


def _at_message(message: str | None, body: Mapping[str, object] | None = None) -> ActionResult:
    return ActionResult(body or {}, query={"around": message}, fragment=f"m{message}")


def _start_turn(request: HttpRequest, actor: Actor, number: int, mode: str) -> ActionResult:
    started = start_turn(actor, number, parse_turn_form(request.POST, mode), _unlocked_keys(request, actor))
    return _with_notices(started)


def _unlocked_keys(request: HttpRequest, actor: Actor) -> UnlockedKeys:
    return load_unlocked_keys(actor, request.COOKIES.get(SESSION_COOKIE, ""))


def _edit_and_continue(request: HttpRequest, actor: Actor, number: int) -> ActionResult:
    post = request.POST
    unlocked = _unlocked_keys(request, actor)
    started = start_edited_turn(
        actor, number, post.get("message"), post.get("entry"), parse_turn_form(post, "continue"), unlocked
    )
    return _with_notices(started)


def _with_notices(started: StartedTurn) -> ActionResult:
    return ActionResult({"notices": [each.as_json() for each in started.notices]}, notices=started.notices)


def _stop(actor: Actor, number: int, post: QueryDict) -> ActionResult:
    stop_chat(actor, number)
    return ActionResult()


def _move_leaf(actor: Actor, number: int, post: QueryDict) -> ActionResult:
    former = chat_queries.conversation_for(actor, number).active_leaf_id
    is_exact = bool(post.get("exact"))
    leaf = tree.switch_branch(actor, number, post.get("message"), exact=is_exact, parent=post.get("parent"))
    if is_exact and former != leaf:
        return ActionResult({"leaf": leaf}, query={"was": former}, fragment=f"m{leaf}")
    return ActionResult({"leaf": leaf})


def _edit_message(actor: Actor, number: int, post: QueryDict) -> ActionResult:
    tree.edit_message(actor, number, post.get("message"), turn_request.check_entry(post.get("entry")))
    return _at_message(post.get("message"))


def _remove_message(actor: Actor, number: int, post: QueryDict) -> ActionResult:
    is_following = bool(post.get("following"))
    removed = tree.remove_message(actor, number, post.get("message"), following=is_following, parent=post.get("parent"))
    return ActionResult(asdict(removed), query={"undo": removed.undo})


def _undo_removal(actor: Actor, number: int, post: QueryDict) -> ActionResult:
    return ActionResult({"leaf": tree.undo_removal(actor, number, post.get("undo"))})


def _clear_chat(actor: Actor, number: int, post: QueryDict) -> ActionResult:
    removed = tree.clear_chat(actor, number)
    return ActionResult(asdict(removed), query={"undo": removed.undo})


def _fork_chat(actor: Actor, number: int, post: QueryDict) -> ActionResult:
    fork = fork_chat(actor, number, post.get("message"))
    return ActionResult({"url": page_url("chats:chat", fork)}, fragment="", chat_id=fork)


def _react(actor: Actor, number: int, post: QueryDict) -> ActionResult:
    reactions = tree.toggle_reaction(actor, number, post.get("message"), post.get("emoji"))
    return _at_message(post.get("message"), asdict(reactions))


def _change_settings(actor: Actor, number: int, post: QueryDict) -> ActionResult:
    return ActionResult(chat_settings.change_settings(actor, number, parse_settings_form(post)).as_json())


def _change_participants(actor: Actor, number: int, post: QueryDict) -> ActionResult:
    bots = participants.change_participants(actor, number, parse_participant_form(post))
    return ActionResult({"bots": [asdict(bot) for bot in bots]})


def _attach_lore(actor: Actor, number: int, post: QueryDict) -> ActionResult:
    lore_links.attach_lore_to_chat(actor, number, parse_lore_form(post))
    return ActionResult()


ACTIONS: dict[str, ChatAction] = {
    "stop": _stop,
    "leaf": _move_leaf,
    "edit": _edit_message,
    "remove": _remove_message,
    "undo": _undo_removal,
    "clear": _clear_chat,
    "fork": _fork_chat,
    "react": _react,
    "settings": _change_settings,
    "bots": _change_participants,
    "lore": _attach_lore,
}


def _run_action(request: HttpRequest, actor: Actor, number: int, name: str) -> ActionResult:
    refuse_nul_characters({**dict(request.GET.lists()), **dict(request.POST.lists())})
    if name in TURN_MODES:
        return _start_turn(request, actor, number, name)
    if name not in ACTIONS:
        raise Http404
    if name == "edit" and "again" in request.POST:
        return _edit_and_continue(request, actor, number)
    given = request.POST.copy()
    given.update(request.GET)  # a button can carry one field only, so that reactions send the message in the query
    return ACTIONS[name](actor, number, given)


@require_POST
@sign_in_required
def run_action(request: HttpRequest, conversation_id: int, name: str) -> HttpResponse:
    """One action of a form or of the page's script."""
    wants_json = "application/json" in request.headers.get("Accept", "")
    try:
        result = _run_action(request, actor_of(request), conversation_id, name)
    except ApiError as error:
        if wants_json:
            headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
            return JsonResponse(error.body(), status=error.status, headers=headers)
        return _refused(request, conversation_id, name, error)
    notify_watchers()
    if wants_json:
        return JsonResponse(dict(result.body))
    for notice in result.notices:
        _flash_notice(request, notice)
    return redirect_to("chats:chat", result.chat_id or conversation_id, query=result.query, fragment=result.fragment)


def _flash_notice(request: HttpRequest, notice: Notice) -> None:
    """Without script the notice stands at the head of the page, each help line in a message of its own."""
    flash.info(request, notice.text)
    for each in notice.resources:
        about = each.description or each.region
        flash.info(request, gettext("%(number)s: %(about)s") % {"number": each.hotline_number, "about": about})


def _refused(request: HttpRequest, conversation_id: int, name: str, error: ApiError) -> HttpResponse:
    for notice in error.notices:
        if isinstance(notice, Notice):
            _flash_notice(request, notice)
    if name == "send":
        if error.status == 404:
            raise error
        # The text somebody wrote must not be lost: the chat's page comes back with it instead of a redirect.
        return chat_views.chat(request, conversation_id, problem=error.message, draft=request.POST.get("entry", ""))
    flash.error(request, error.message)
    return redirect_to("chats:chat", conversation_id, fragment="latest")
