"""The life of a reply from prepared prompt to stored end."""
