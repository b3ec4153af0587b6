"""BotCafé: a café of AI companions that you host yourself."""

__version__ = "0.1.0"
