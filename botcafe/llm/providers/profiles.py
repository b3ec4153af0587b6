"""The providers: names, wire formats and base URLs."""

from dataclasses import dataclass

OPENAI_WIRE = "openai"
ANTHROPIC_WIRE = "anthropic"
GOOGLE_WIRE = "google"


@dataclass(frozen=True, slots=True)
class ProviderProfile:
    """One provider. `base_url` is empty where the user enters it; `models_hint` says how its models are named.

    `models_base_url` is where the list of models is, if not below `base_url`. `is_list_open` means that it is shown
    without a valid key. `first_models` are the beginnings of the names of good, cheap models for somebody's first chat,
    the best first.
    """

    name: str
    label: str
    wire: str
    base_url: str
    models_hint: str
    models_base_url: str = ""
    is_list_open: bool = False
    first_models: tuple[str, ...] = ()


_PROFILES = (
    ProviderProfile(
        "openai", "OpenAI", OPENAI_WIRE, "https://api.openai.com/v1", "gpt-...",
        first_models=("gpt-5-mini", "gpt-4.1-mini", "gpt-4o-mini", "gpt-5", "gpt-4"),
    ),
    ProviderProfile(
        "anthropic", "Anthropic", ANTHROPIC_WIRE, "https://api.anthropic.com/v1", "claude-...",
        first_models=("claude-haiku", "claude-sonnet", "claude-3-5-haiku", "claude-"),
    ),
    ProviderProfile(
        "google", "Google Gemini", GOOGLE_WIRE, "https://generativelanguage.googleapis.com/v1beta", "gemini-...",
        first_models=("gemini-2.5-flash", "gemini-flash", "gemini-2.0-flash", "gemini-"),
    ),
    ProviderProfile(
        "cohere", "Cohere", OPENAI_WIRE, "https://api.cohere.ai/compatibility/v1", "command-...",
        models_base_url="https://api.cohere.ai/v1", first_models=("command-a", "command-r"),
    ),
    ProviderProfile(
        "together", "Together AI", OPENAI_WIRE, "https://api.together.xyz/v1", "maker/model",
        first_models=("meta-llama/Llama-3.3-70B", "deepseek-ai/DeepSeek-V3", "Qwen/"),
    ),
    ProviderProfile(
        "huggingface", "Hugging Face", OPENAI_WIRE, "https://router.huggingface.co/v1", "maker/model:provider",
        is_list_open=True, first_models=("meta-llama/Llama-3.3-70B", "deepseek-ai/DeepSeek-V3"),
    ),
    ProviderProfile(
        "openrouter", "OpenRouter", OPENAI_WIRE, "https://openrouter.ai/api/v1", "maker/model", is_list_open=True,
        first_models=("deepseek/deepseek-chat", "google/gemini-2.5-flash", "openai/gpt-5-mini", "mistralai/"),
    ),
    ProviderProfile("deepseek", "DeepSeek", OPENAI_WIRE, "https://api.deepseek.com/v1", "deepseek-...", first_models=("deepseek-chat",)),
    ProviderProfile(
        "mistral", "Mistral AI", OPENAI_WIRE, "https://api.mistral.ai/v1", "mistral-...",
        first_models=("mistral-small", "mistral-medium", "mistral-"),
    ),
    ProviderProfile(
        "groq", "Groq", OPENAI_WIRE, "https://api.groq.com/openai/v1", "maker/model",
        first_models=("llama-3.3-70b", "meta-llama/", "openai/gpt-oss"),
    ),
    ProviderProfile("xai", "xAI", OPENAI_WIRE, "https://api.x.ai/v1", "grok-...", first_models=("grok-4-fast", "grok-3-mini", "grok-")),
    ProviderProfile("custom", "Your own server", OPENAI_WIRE, "", "as your server names it", is_list_open=True),
)  # fmt: skip

PROVIDERS: dict[str, ProviderProfile] = {profile.name: profile for profile in _PROFILES}
