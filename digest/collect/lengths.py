"""How long the parts of a story may be, in characters: a mail has 102 KB for all of them.

A file with a longer one is rejected. A feed's headline is shortened at a word; of its text only
sentences of a readable length become bullets (`digest.merge.summarise.standalone`).
"""

HEADLINE = 300
BULLET = 2_000


def excess(text: str, most: int) -> str:
    """`has 118,893 characters, at most 300 fit` of a text that is too long, else nothing."""
    return f"has {len(text):,} characters, at most {most:,} fit" if len(text) > most else ""
