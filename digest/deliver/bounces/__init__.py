"""Messages that came back: read and judged; pure but for mailboxes."""
