"""The bytes of a feed to clean reports, each known again; pure."""
