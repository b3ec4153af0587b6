"""The page that imports files of other tools."""
