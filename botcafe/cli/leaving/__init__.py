"""Commands about accounts that leave: their erasure."""
