"""What becomes of sources: collected, kept, merged into stories, and edited."""
