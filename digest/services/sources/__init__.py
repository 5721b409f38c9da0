"""Sources: asked for, read, kept and tried."""
