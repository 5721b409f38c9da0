"""The use cases, by subject: they own the transactions, between the store and the faces."""
