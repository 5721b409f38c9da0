"""What stands for a picture where it is not shown; pure."""

import re

from digest.text import clean_line, shorten

_LONGEST = 200
# `IMG_2041.jpg`, `dust-storm.png?w=600`; and what cameras and editors call a picture.
_FILE_NAME = re.compile(
    r"\S+\.(?:avif|bmp|gif|heic|jpe?g|png|svg|tiff?|webp)(?:[?#]\S*)?"
    r"|(?:dsc|img|image|photo|picture|screenshot|untitled)?[\s_-]*\d[\d\s_x-]*",
    re.IGNORECASE,
)


def alt_text(text: str, headline: str = "") -> str:
    """A caption as an alternative text: empty where it is a file's name, or says the headline.

    A picture without one is ornament to whoever does not see it: the headline beside it is enough.
    """
    line = clean_line(text)
    if _FILE_NAME.fullmatch(line) or line.casefold() == headline.casefold():
        return ""
    return shorten(line, _LONGEST)
