"""``botcafe bench pages``: what pages weigh, and how soon they show and answer."""
