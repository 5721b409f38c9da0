"""Issue in, mail out: Jinja2 -> MJML -> HTML, and a text part made from the same values."""
