"""Made-up exports of assistants, in the shapes that they write."""

import json
from typing import Any

Json = dict[str, Any]


def gpt_message(role: str, text: str, at: float | None = None, **more: Any) -> Json:
    """A message of ChatGPT."""
    return {
        "id": f"m-{text[:8]}",
        "author": {"role": role, "name": None, "metadata": {}},
        "create_time": at,
        "content": {"content_type": "text", "parts": [text]},
        "recipient": "all",
        "metadata": {"model_slug": "gpt-4o"} if role == "assistant" else {},
        **more,
    }


def gpt_node(name: str, parent: str | None, message: Json | None) -> Json:
    """A node of the mapping by its name."""
    return {name: {"id": name, "parent": parent, "children": [], "message": message}}


def chatgpt(title: str = "Bread", **more: Any) -> Json:
    """A conversation with an edited question (two branches), a regenerated reply, and what ChatGPT hides."""
    hidden = gpt_message("system", "", metadata={"is_visually_hidden_from_conversation": True})
    thoughts = gpt_message(
        "assistant", "", content={"content_type": "thoughts", "thoughts": [{"content": "Rye it is."}]}
    )
    return {
        "title": title,
        "create_time": 1_700_000_000.5,
        "update_time": 1_700_000_100.0,
        "conversation_id": f"conv-{title}",
        "current_node": "a3",
        "mapping": {
            **gpt_node("root", None, None),
            **gpt_node("s", "root", hidden),
            **gpt_node("u1", "s", gpt_message("user", "Which flour?", 1_700_000_001)),
            **gpt_node("a1", "u1", gpt_message("assistant", "Wheat.", 1_700_000_002)),
            **gpt_node("a2", "u1", gpt_message("assistant", "Spelt.", 1_700_000_003)),
            **gpt_node("u2", "s", gpt_message("user", "Which dark flour?", 1_700_000_004)),
            **gpt_node("t", "u2", thoughts),
            **gpt_node("a3", "t", gpt_message("assistant", "Rye.", 1_700_000_005)),
        },
        **more,
    }


def open_webui(title: str = "Tea", **more: Any) -> Json:
    """A chat with two models that answered the same message."""
    answer = '<details type="reasoning" done="true">\n<summary>Thought for 2 seconds</summary>\n&gt; Green?\n</details>\nGreen tea.'
    rows = {
        "1": {"id": "1", "parentId": None, "childrenIds": ["2", "3"], "role": "user", "content": "Which tea?", "timestamp": 1_700_000_001},
        "2": {"id": "2", "parentId": "1", "childrenIds": [], "role": "assistant", "content": "Black.", "model": "llama3", "timestamp": 1_700_000_002},
        "3": {"id": "3", "parentId": "1", "childrenIds": [], "role": "assistant", "content": answer, "model": "qwen3", "timestamp": 1_700_000_003},
    }  # fmt: skip
    return {
        "id": f"id-{title}",
        "user_id": "u",
        "title": title,
        "chat": {
            "title": title,
            "models": ["llama3", "qwen3"],
            "history": {"messages": rows, "currentId": "2"},
            "messages": [rows["1"], rows["2"]],
            "tags": ["drinks"],
            "timestamp": 1_700_000_000_000,
        },
        "created_at": 1_700_000_000,
        "updated_at": 1_700_000_100,
        "folder_id": "f",
        **more,
    }


def libre_message(name: str, parent: str | None, text: str, second: int, *, is_user: bool = False, **more: Any) -> Json:
    """A message of LibreChat."""
    return {
        "messageId": name,
        "parentMessageId": parent or "00000000-0000-0000-0000-000000000000",
        "conversationId": "c",
        "sender": "User" if is_user else "GPT-4",
        "text": text,
        "isCreatedByUser": is_user,
        "model": None if is_user else "gpt-4",
        "endpoint": "openAI",
        "createdAt": f"2024-05-01T10:00:{second:02}.000Z",
        **more,
    }


def librechat(title: str = "Soup", **more: Any) -> Json:
    """A flat conversation with a regenerated reply."""
    return {
        "conversationId": f"libre-{title}",
        "endpoint": "openAI",
        "title": title,
        "exportAt": "10:00:00 GMT+0000",
        "branches": True,
        "recursive": False,
        "options": {"model": "gpt-4"},
        "messages": [
            libre_message("1", None, "Which soup?", 1, is_user=True),
            libre_message("2", "1", "Leek.", 2),
            libre_message(
                "3", "1", "", 3, content=[{"type": "think", "think": "Cold out."}, {"type": "text", "text": "Bean."}]
            ),
        ],
        **more,
    }


def nested_librechat(length: int) -> Json:
    """The recursive form: each message in the one before it."""
    rows: list[Json] = []
    for n in range(length, 0, -1):
        row = libre_message(f"n{n}", None, f"Line {n}", n % 60, is_user=n % 2 == 1)
        rows = [row | {"children": rows}]
    return librechat(recursive=True, messages=rows)


def encoded(value: Any) -> bytes:
    """As a file; orjson does not write what is nested deeply."""
    return json.dumps(value, ensure_ascii=False).encode()
