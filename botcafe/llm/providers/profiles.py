"""The providers: names, wire formats and base URLs."""

from dataclasses import dataclass

OPENAI_WIRE = "openai"
ANTHROPIC_WIRE = "anthropic"
GOOGLE_WIRE = "google"


@dataclass(frozen=True, slots=True)
class ProviderProfile:
    """One provider. `base_url` is empty where the user enters it; `models_hint` says how its models are named.

    `models_base_url` is where the list of models is, if not below `base_url`. `is_list_open` means that it is shown
    without a valid key.
    """

    name: str
    label: str
    wire: str
    base_url: str
    models_hint: str
    models_base_url: str = ""
    is_list_open: bool = False


_PROFILES = (
    ProviderProfile("openai", "OpenAI", OPENAI_WIRE, "https://api.openai.com/v1", "gpt-..."),
    ProviderProfile("anthropic", "Anthropic", ANTHROPIC_WIRE, "https://api.anthropic.com/v1", "claude-..."),
    ProviderProfile("google", "Google Gemini", GOOGLE_WIRE, "https://generativelanguage.googleapis.com/v1beta", "gemini-..."),
    ProviderProfile(
        "cohere", "Cohere", OPENAI_WIRE, "https://api.cohere.ai/compatibility/v1", "command-...",
        models_base_url="https://api.cohere.ai/v1",
    ),
    ProviderProfile("together", "Together AI", OPENAI_WIRE, "https://api.together.xyz/v1", "maker/model"),
    ProviderProfile(
        "huggingface", "Hugging Face", OPENAI_WIRE, "https://router.huggingface.co/v1", "maker/model:provider",
        is_list_open=True,
    ),
    ProviderProfile("openrouter", "OpenRouter", OPENAI_WIRE, "https://openrouter.ai/api/v1", "maker/model", is_list_open=True),
    ProviderProfile("deepseek", "DeepSeek", OPENAI_WIRE, "https://api.deepseek.com/v1", "deepseek-..."),
    ProviderProfile("mistral", "Mistral AI", OPENAI_WIRE, "https://api.mistral.ai/v1", "mistral-..."),
    ProviderProfile("groq", "Groq", OPENAI_WIRE, "https://api.groq.com/openai/v1", "maker/model"),
    ProviderProfile("xai", "xAI", OPENAI_WIRE, "https://api.x.ai/v1", "grok-..."),
    ProviderProfile("custom", "Your own server", OPENAI_WIRE, "", "as your server names it", is_list_open=True),
)  # fmt: skip

PROVIDERS: dict[str, ProviderProfile] = {profile.name: profile for profile in _PROFILES}
