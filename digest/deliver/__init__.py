"""Mail in, outcomes out: the engine, the backends, and the rules on replies and retries."""
