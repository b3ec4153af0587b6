"""Pages of saved prompts, and the list that a slash opens in the composer."""
