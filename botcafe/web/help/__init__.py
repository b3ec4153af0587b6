"""Pages of help: articles and support tickets."""
