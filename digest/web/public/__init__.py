"""The pages for subscribers and visitors."""
