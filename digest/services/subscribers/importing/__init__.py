"""Lists of subscribers, read from files and taken in."""
