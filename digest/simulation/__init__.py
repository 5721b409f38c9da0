"""`digest rehearse`: many days of a project in a minute, in a copy of it, with what goes wrong.

The day is the project's own (digest.pipeline), and so are its settings, topics and subscribers; the
clock jumps from one moment at which something is due to the next, and the mail goes to a server on
this machine that fails as a seed tells it.
"""
