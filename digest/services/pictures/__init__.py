"""Pictures of stories: which are due, how they are made, and how they are kept."""
