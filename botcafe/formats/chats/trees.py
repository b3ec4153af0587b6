"""Building the tree of a chat from nodes that name their parents, as assistants export them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from botcafe.formats.chats.model import ImportedMessage
from botcafe.formats.errors import FormatError
from botcafe.formats.import_notes import ImportNotes


@dataclass(frozen=True, slots=True)
class TreeNode:
    """One node of a file: the id of the one before it (None at the start), and its message, or None for what is not shown."""

    parent: str | None
    message: ImportedMessage | None


@dataclass(frozen=True, slots=True)
class ChatTree:
    """Messages with every parent before its children.

    `parents` are positions in `messages`, None for a first message; `leaf` is the position where the shown branch ends.
    """

    messages: tuple[ImportedMessage, ...]
    parents: tuple[int | None, ...]
    leaf: int | None


def build_tree(nodes: Mapping[str, TreeNode], current: str | None, notes: ImportNotes) -> ChatTree:
    """The tree of all messages; nodes without one are stepped over.

    A node whose parent is not in the file becomes a first message, with a warning. Where `current` is unknown, the shown
    branch ends at the newest message that nothing follows. Raises FormatError `not_a_chat` for nodes that go round in a circle.
    """
    _note_missing_parents(nodes, notes)
    order = list(_parents_first(nodes))
    if len(order) < len(nodes):
        reached = set(order)
        lost = next(name for name in nodes if name not in reached)
        raise FormatError(
            "not_a_chat",
            f"The messages of this chat go round in a circle at “{lost[:80]}”; each must lead back to a first message.",
        )
    messages: list[ImportedMessage] = []
    parents: list[int | None] = []
    # For each node the position of its message, or of the nearest message before it.
    places: dict[str, int | None] = {}
    for name in order:
        node = nodes[name]
        above = places.get(node.parent) if node.parent is not None else None
        if node.message is None:
            places[name] = above
            continue
        places[name] = len(messages)
        messages.append(node.message)
        parents.append(above)
    leaf = places.get(current) if current is not None else None
    return ChatTree(tuple(messages), tuple(parents), leaf if leaf is not None else _newest_leaf(messages, parents))


def _note_missing_parents(nodes: Mapping[str, TreeNode], notes: ImportNotes) -> None:
    missing = sum(node.parent is not None and node.parent not in nodes for node in nodes.values())
    if missing:
        notes.add("", f"{missing} messages follow one that is not in the file; they were put at the start of the chat.")


def _parents_first(nodes: Mapping[str, TreeNode]) -> Iterator[str]:
    """The names of all nodes that lead back to a first one, each branch in one piece, siblings by their time."""
    children: dict[str | None, list[str]] = {}
    for name, node in nodes.items():
        children.setdefault(node.parent if node.parent in nodes else None, []).append(name)
    waiting = _latest_first(children.get(None, ()), nodes)
    while waiting:
        name = waiting.pop()
        yield name
        waiting += _latest_first(children.get(name, ()), nodes)


def _latest_first(names: Iterable[str], nodes: Mapping[str, TreeNode]) -> list[str]:
    found = list(names)
    times = {name: message.sent_at for name in found if (message := nodes[name].message) and message.sent_at}
    # Without all of their times, their order in the file is the better one.
    if len(times) == len(found):
        found.sort(key=times.__getitem__)
    return found[::-1]


def _newest_leaf(messages: list[ImportedMessage], parents: list[int | None]) -> int | None:
    leaves = set(range(len(messages))).difference(parents)
    return max(leaves, key=lambda n: (messages[n].sent_at or "", n), default=None)
