"""Why an address did or did not get an issue: the facts, and the words."""
