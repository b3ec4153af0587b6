"""``botcafe bench``: measurements that anyone can repeat, on data of their own."""
