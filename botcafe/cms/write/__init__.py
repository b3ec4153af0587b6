"""Writing collections: values, drafts, bulk acts and hooks."""
