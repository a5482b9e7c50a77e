"""A live meeting, from the first person's join until the last one's leave."""
