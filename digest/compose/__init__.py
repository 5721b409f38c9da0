"""Stories in, issue out: what is new, in what order, how much of it, and what is due when."""
