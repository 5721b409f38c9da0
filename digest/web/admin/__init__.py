"""The editors' pages: below /admin, for whoever has an account."""
