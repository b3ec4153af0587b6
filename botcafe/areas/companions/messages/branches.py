"""List the branches of a chat: all leaves of its message tree, or the continuations of one message."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from botcafe.areas.companions.chats.queries import conversation_for
from botcafe.areas.companions.collections.conversation import Conversation
from botcafe.areas.companions.collections.message import MESSAGES, Message
from botcafe.areas.companions.messages import thread
from botcafe.cms.schema.actor import Actor

PAGE_SIZE = 30


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch in a list. ``first`` is the first message that the active branch does not have; None for that itself."""

    first: Message | None
    end: Message
    length: int
    is_active: bool


@dataclass(frozen=True, slots=True)
class BranchPage:
    """A page of branches of the whole chat, or of those that continue from ``start``."""

    chat: Conversation
    start: Message | None
    count: int
    has_more: bool
    shown: list[Branch]


@dataclass(slots=True)
class _MessageTree:
    """The tree without removed messages: ``above`` is the parent, ``newest`` the newest leaf below, ``visible`` maps each
    id, removed ones too, to itself or its nearest remaining ancestor."""

    above: dict[int, int | None] = field(default_factory=dict)
    depth: dict[int | None, int] = field(default_factory=lambda: {None: 0})
    newest: dict[int, int] = field(default_factory=dict)
    visible: dict[int | None, int | None] = field(default_factory=dict)

    def grow(self, rows: Iterable[tuple[int, int | None, str | None]]) -> None:
        """Add the messages of a chat, oldest first, as id, parent and time of removal."""
        for number, parent, deleted_at in rows:
            over = self.visible.get(parent)
            self.visible[number] = over if deleted_at else number
            if not deleted_at:
                self.above[number], self.depth[number] = over, self.depth[over] + 1
        # Ids grow from parent to child, so one pass from the newest hands each leaf up to its ancestors.
        for number in reversed(self.above):
            end = self.newest.setdefault(number, number)
            over = self.above[number]
            if over is not None:
                self.newest[over] = max(self.newest.get(over, 0), end)

    def path(self, number: int | None) -> Iterable[int]:
        """Iterate from a message to the root, itself first."""
        while number is not None:
            yield number
            number = self.above[number]


def list_branches(actor: Actor, conversation_id: int, start: int | None, page: int) -> BranchPage:
    """A page of the branches of a chat, the active one first, then the newest. Raises NotFound.

    ``start`` names a message: then its continuations, each to its newest leaf. Three queries for any number.
    """
    chat = conversation_for(actor, conversation_id)
    begin = thread.get_message(chat.pk, start) if start else None
    rows = MESSAGES.visible_to(actor).filter(conversation=chat.pk)
    tree = _MessageTree()
    tree.grow(rows.order_by("pk").values_list("pk", "parent_id", "deleted_at").iterator())
    active = tree.visible.get(chat.active_leaf_id)
    shown = set(tree.path(active))
    found = _branches_below(tree, begin.pk, shown) if begin else _all_branches(tree, active)
    at = (page - 1) * PAGE_SIZE
    pairs = [(first or _fork_point(tree, end, shown), end) for first, end in found[at : at + PAGE_SIZE]]
    said = rows.select_related("bot", "persona").in_bulk([number for pair in pairs for number in pair if number])
    above = tree.depth[begin.pk if begin else None]
    made = [
        Branch(said.get(first or 0), said[end], tree.depth[end] - above, first in shown if begin else end == active)
        for first, end in pairs
    ]
    return BranchPage(chat, begin, len(found), len(found) > at + PAGE_SIZE, made)


def _branches_below(tree: _MessageTree, start: int, shown: set[int]) -> list[tuple[int | None, int]]:
    """The first message and the newest leaf of each continuation of a message."""
    found = [(number, tree.newest[number]) for number, over in tree.above.items() if over == start]
    return sorted(found, key=lambda pair: (pair[0] in shown, pair[1]), reverse=True)


def _all_branches(tree: _MessageTree, active: int | None) -> list[tuple[int | None, int]]:
    """All leaves of a chat, and the active one even where it is not a leaf."""
    found = [number for number, end in tree.newest.items() if number in (end, active)]
    return [(None, number) for number in sorted(found, key=lambda n: (n == active, n), reverse=True)]


def _fork_point(tree: _MessageTree, end: int, shown: set[int]) -> int | None:
    """The first message of a branch that the active branch does not have."""
    last = None
    for number in tree.path(end):
        if number in shown:
            break
        last = number
    return last
