"""What a person is told beside a reply: help in a crisis, a break, that a bot is an AI, a limit that is near."""

from dataclasses import asdict, dataclass
from typing import Literal

from botcafe.kit.json_types import JsonObject

NoticeKind = Literal["crisis", "break", "ai", "limit"]


@dataclass(frozen=True, slots=True)
class Resource:
    """A place that helps, as its row of ``crisisSupport`` names it."""

    region: str
    hotline_number: str
    website_url: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice: its kind, whole sentences in the reader's language, and where help is to be found."""

    kind: NoticeKind
    text: str
    resources: tuple[Resource, ...] = ()

    def as_json(self) -> JsonObject:
        """The entry of ``notices`` in the answer to a turn; ``resources`` only where there are any."""
        entry: JsonObject = {"kind": self.kind, "text": self.text}
        if self.resources:
            entry["resources"] = [asdict(each) for each in self.resources]
        return entry
