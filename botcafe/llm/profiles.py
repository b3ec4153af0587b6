"""Who the providers are: their names, their wire format, and where they answer."""

from dataclasses import dataclass

OPENAI_WIRE = "openai"
ANTHROPIC_WIRE = "anthropic"


@dataclass(frozen=True, slots=True)
class Profile:
    """One provider. `base_url` is empty where the person gives it; `models_hint` says how its models are named."""

    name: str
    label: str
    wire: str
    base_url: str
    models_hint: str

    @property
    def is_built(self) -> bool:
        """Whether a backend for the wire format exists."""
        return self.wire == OPENAI_WIRE


_ALL = (
    Profile("openai", "OpenAI", OPENAI_WIRE, "https://api.openai.com/v1", "gpt-..."),
    Profile("anthropic", "Anthropic", ANTHROPIC_WIRE, "https://api.anthropic.com/v1", "claude-..."),
    Profile(
        "google", "Google Gemini", OPENAI_WIRE, "https://generativelanguage.googleapis.com/v1beta/openai", "gemini-..."
    ),
    Profile("cohere", "Cohere", OPENAI_WIRE, "https://api.cohere.ai/compatibility/v1", "command-..."),
    Profile("together", "Together AI", OPENAI_WIRE, "https://api.together.xyz/v1", "maker/model"),
    Profile("huggingface", "Hugging Face", OPENAI_WIRE, "https://router.huggingface.co/v1", "maker/model:provider"),
    Profile("openrouter", "OpenRouter", OPENAI_WIRE, "https://openrouter.ai/api/v1", "maker/model"),
    Profile("deepseek", "DeepSeek", OPENAI_WIRE, "https://api.deepseek.com/v1", "deepseek-..."),
    Profile("mistral", "Mistral AI", OPENAI_WIRE, "https://api.mistral.ai/v1", "mistral-..."),
    Profile("groq", "Groq", OPENAI_WIRE, "https://api.groq.com/openai/v1", "maker/model"),
    Profile("xai", "xAI", OPENAI_WIRE, "https://api.x.ai/v1", "grok-..."),
    Profile("custom", "Your own server", OPENAI_WIRE, "", "as your server names it"),
)

PROVIDERS: dict[str, Profile] = {profile.name: profile for profile in _ALL}
