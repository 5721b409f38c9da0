"""What subscribers ask for: signing up, choosing, leaving; and lists of them, in and out."""
