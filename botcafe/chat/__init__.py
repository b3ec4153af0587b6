"""One turn of chat: context, model, stream, record."""
