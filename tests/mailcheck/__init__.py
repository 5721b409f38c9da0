"""Tools that judge the mail, offline: `make mail-check`. Separate from the tests of the code."""
