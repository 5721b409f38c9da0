"""Which schema this version works with; without a library, so that `--version` is quick."""

# The newest migration; a test holds it against the migrations themselves.
HEAD = "0045"
