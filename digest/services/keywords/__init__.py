"""Lists of keywords: what one would do, and what those of sources blocked."""
