"""Pages of bots: home, a bot, its editor and versions."""
