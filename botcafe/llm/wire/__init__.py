"""What all wires share: calls, transport, events, reasoning and errors."""
