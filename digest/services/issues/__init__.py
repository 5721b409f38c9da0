"""Issues: messages of a sealed one, what fits into a mail, what is held, its links."""
