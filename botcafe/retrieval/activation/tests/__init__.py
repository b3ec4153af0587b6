"""The definition of lore activation, in examples."""
