"""Which reports are of one event, and why; pure."""
