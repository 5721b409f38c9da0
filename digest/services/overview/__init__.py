"""Where things stand, for the first page of the editors."""
