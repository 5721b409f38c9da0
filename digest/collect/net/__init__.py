"""Asking for feeds: politely, within bounds, and never reaching inside."""
