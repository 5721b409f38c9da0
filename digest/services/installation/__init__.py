"""Is this the installation that mails, or a copy of it; and can its clock be right."""
