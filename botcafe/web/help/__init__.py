"""Pages of help: support tickets."""
