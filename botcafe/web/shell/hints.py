"""One sentence for each hard word: what stands behind the small ``?`` beside it."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy


@dataclass(frozen=True, slots=True)
class Hint:
    """A word as its question names it, the sentence that explains it, and the help article that says more, if any."""

    question: Promise | str
    sentence: Promise | str
    article: str = ""


HINTS = {
    "lore": Hint(
        gettext_lazy("What is lore?"),
        gettext_lazy("Texts about a world that the model gets only when they fit: SillyTavern calls them World Info."),
        article="lore",
    ),
    "persona": Hint(
        gettext_lazy("What is a persona?"),
        gettext_lazy("Who you are in a chat: the name and description that bots get of you."),
        article="personas",
    ),
    "preset": Hint(
        gettext_lazy("What is a preset?"),
        gettext_lazy("Settings of the model and prompt texts under a name, to use in any chat."),
        article="presets",
    ),
    "branch": Hint(
        gettext_lazy("What is a branch?"),
        gettext_lazy("One way that a chat took: another reply or an edit starts a new one, and the old one stays."),
        article="first-chat",
    ),
    "authors-note": Hint(
        gettext_lazy("What is an author’s note?"),
        gettext_lazy("A text for the model that is sent near the end of every prompt of this chat, and never shown in it."),
    ),
    "talkativeness": Hint(
        gettext_lazy("What is talkativeness?"),
        gettext_lazy("How likely this bot is to answer where several could and nobody was named."),
        article="groups",
    ),
    "definition": Hint(
        gettext_lazy("What is the definition?"),
        gettext_lazy("Who the bot is, in the words that the model gets before every reply."),
    ),
    "greeting": Hint(
        gettext_lazy("What is a greeting?"),
        gettext_lazy("The bot’s first message: every new chat begins with it, and the model takes its style from there."),
    ),
    "scenario": Hint(
        gettext_lazy("What is a scenario?"),
        gettext_lazy("Where and when the story begins, and how the two of you stand."),
    ),
    "post-history": Hint(
        gettext_lazy("What are post-history instructions?"),
        gettext_lazy("Instructions that stand after the messages, where models heed them most."),
    ),
    "depth": Hint(
        gettext_lazy("What is depth?"),
        gettext_lazy("How many messages from the end of the chat a text is put: 0 is the very end."),
    ),
    "scan-depth": Hint(
        gettext_lazy("What is scan depth?"),
        gettext_lazy("How many of the newest messages are searched for keywords."),
        article="lore",
    ),
    "token-budget": Hint(
        gettext_lazy("What is a token budget?"),
        gettext_lazy("How much of the prompt lore may fill; a token is about three quarters of a word."),
        article="lore",
    ),
    "keyword": Hint(
        gettext_lazy("What is a keyword?"),
        gettext_lazy("A word that triggers the entry when it is said in one of the newest messages."),
        article="lore",
    ),
    "secondary-keyword": Hint(
        gettext_lazy("What is a secondary keyword?"),
        gettext_lazy("A word that decides, together with a keyword, whether the entry is triggered."),
        article="lore",
    ),
    "similarity": Hint(
        gettext_lazy("What is similarity?"),
        gettext_lazy("How close in meaning a message must be, from 0 to 1, where entries are found by meaning."),
        article="lore",
    ),
    "temperature": Hint(
        gettext_lazy("What is temperature?"),
        gettext_lazy("How freely the model chooses its words: low is predictable, high is surprising and may ramble."),
        article="presets",
    ),
    "context-size": Hint(
        gettext_lazy("What is context size?"),
        gettext_lazy("How many tokens the model reads at once: definition, lore, memories and as much chat as still fits."),
        article="prompt-inspector",
    ),
}  # fmt: skip
FIELD_HINTS = {
    "system_prompt": "definition",
    "greeting": "greeting",
    "scenario": "scenario",
    "post_history_instructions": "post-history",
    "depth": "depth",
    "scan_depth": "scan-depth",
    "token_budget": "token-budget",
    "primary_keys": "keyword",
    "secondary_keys": "secondary-keyword",
    "similarity_threshold": "similarity",
    "temperature": "temperature",
    "context_tokens": "context-size",
}
"""The hints of fields of forms, by the names of the fields."""
