"""What DNS says of a sender's domain, as a server that takes mail reads it."""
