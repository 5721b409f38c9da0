"""SMTP: the protocol, connections, and the `smtp` backend."""
