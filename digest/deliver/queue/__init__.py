"""The queue's side of sending: claims, backends at work, limits, retries."""
