"""The JSON API for programs: a file a subject, each with its operations at its end."""
