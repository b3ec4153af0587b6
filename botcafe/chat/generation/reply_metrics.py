"""What is counted of replies, for the operator's metrics."""

from botcafe.chat.generation.stream import StreamingReply, plausible_usage
from botcafe.kit.telemetry.metrics import Counter

REPLIES = Counter("botcafe_replies", "Replies in chats that have ended, by how.", "state")
TOKENS = Counter("botcafe_tokens", "Tokens of replies in chats, as the providers count them.", "kind")


def count_end(reply: StreamingReply) -> None:
    """Count a reply of a chat that has ended."""
    REPLIES.add(1, reply.state)
    if reply.call is not None:
        usage = plausible_usage(reply)
        TOKENS.add(usage.input_tokens, "input")
        TOKENS.add(usage.output_tokens, "output")
