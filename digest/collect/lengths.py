"""How long a story file and its parts may be: a mail has 102 KB for all of them.

A file with a longer one is rejected. A feed's headline is shortened at a word; of its text only
sentences of a readable length become bullets (`digest.merge.summarise.standalone`).
"""

MAX_BYTES = 1_000_000
HEADLINE = 300  # characters
BULLET = 2_000  # characters


def excess(text: str, most: int) -> str:
    """`has 118,893 characters, at most 300 fit` of a text that is too long, else nothing."""
    return f"has {len(text):,} characters, at most {most:,} fit" if len(text) > most else ""
