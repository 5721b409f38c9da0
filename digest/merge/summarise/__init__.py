"""The story of an event, told from its reports; pure but for the client of a language model."""
