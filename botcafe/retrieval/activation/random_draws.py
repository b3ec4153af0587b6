"""Reproducible random draws: each depends on the seed, the entry and the purpose only."""

from hashlib import blake2b
from math import log


def draw_number(seed: str, entry: int, purpose: str) -> float:
    """A number in [0, 1), the same for the same three values, whatever other entries there are."""
    raw = f"{seed}\x00{entry}\x00{purpose}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(raw, digest_size=8).digest()[:7], "big") / 2**56


def draw_weighted(seed: str, entry: int, purpose: str, weight: float) -> float:
    """A draw of which the lowest wins with a chance in proportion to its weight. Infinite for weight 0."""
    if weight <= 0:
        return float("inf")
    # The minimum of exponential variables: drawn per entry, so another entry in the group does not change its number.
    return -log(1.0 - draw_number(seed, entry, purpose)) / weight
