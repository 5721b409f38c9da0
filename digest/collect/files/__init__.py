"""Story files in a drop folder to reports."""
