"""The addresses that a chat's page uses, made once for each page."""

from dataclasses import dataclass

from botcafe.web.shell.addresses import page_url


@dataclass(frozen=True, slots=True)
class ChatUrls:
    """The pages and form actions of one chat."""

    chat: str
    turns: str
    drawer: str
    preview: str
    models: str
    sent: str
    branches: str
    trash: str
    sharing: str
    active_lore: str
    end: str
    settings: str
    bots: str
    lore: str
    send: str
    go_on: str
    regenerate: str
    impersonate: str
    stop: str
    leaf: str
    edit: str
    remove: str
    undo: str
    clear: str
    fork: str
    react: str


def chat_urls(conversation_id: int) -> ChatUrls:
    """All addresses of a chat."""

    # A page has some twenty addresses for each of its messages: reverse() for each of them costs more than the rest of the page.
    def action(name: str) -> str:
        return page_url("chats:action", conversation_id, name)

    return ChatUrls(
        chat=page_url("chats:chat", conversation_id),
        turns=page_url("chats:turns", conversation_id),
        drawer=page_url("chats:drawer", conversation_id),
        preview=page_url("chats:preview", conversation_id),
        models=page_url("chats:models", conversation_id),
        sent=page_url("chats:sent", conversation_id, 0),
        branches=page_url("chats:branches", conversation_id),
        trash=page_url("chats:trash", conversation_id),
        sharing=page_url("sharing:chat", conversation_id),
        active_lore=page_url("chats:active-lore", conversation_id),
        end=page_url("chats:end-temporary", conversation_id),
        settings=action("settings"),
        bots=action("bots"),
        lore=action("lore"),
        send=action("send"),
        go_on=action("continue"),
        regenerate=action("regenerate"),
        impersonate=action("impersonate"),
        stop=action("stop"),
        leaf=action("leaf"),
        edit=action("edit"),
        remove=action("remove"),
        undo=action("undo"),
        clear=action("clear"),
        fork=action("fork"),
        react=action("react"),
    )


def message_url(conversation_id: int, message_id: int) -> str:
    """The page of a chat, opened at one of its messages."""
    return page_url("chats:chat", conversation_id, query={"around": message_id}, fragment=f"m{message_id}")
