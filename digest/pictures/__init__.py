"""Pictures: what came is cut to where it is shown, and kept by its content."""
