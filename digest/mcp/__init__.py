"""`digest mcp`: the project for an agent, by the Model Context Protocol; it calls services."""
