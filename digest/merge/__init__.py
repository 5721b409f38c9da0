"""Reports in, stories out: which reports are one story, and what the story is about."""
