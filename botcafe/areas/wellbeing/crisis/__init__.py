"""Whether the writer of a message is in danger: words with their context, in ten languages; no input or output here."""
