"""What comes back: read, kept, and what follows for an address."""
