"""Bytes in, reports out: the drop folder, and the forms that a story file can have."""
