"""A fake provider that speaks the real wires, for tests and benches."""
