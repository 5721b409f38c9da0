"""Who may use the editors' pages: accounts, log-in, sessions, and what was done."""
