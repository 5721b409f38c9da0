"""One name for one thing, and none of the words that the code was rid of (decision 34)."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.paths import ROOT

# Public class names that may stand for two things: none does.
MAY_STAND_TWICE: frozenset[str] = frozenset()

# The private words of decision 34; those that are ordinary English as well (post, share, bell)
# cannot be told by a program, and are left to the eye. A plural is found by its singular.
OLD_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
        clerk courier doorkeeper dossier edition fuse gatherer governor keyring lane leaning
        leaver mailroom member misset newsroom pagewords permit press reader roster seat sheaf
        sheet shelf slant sourcebook typesetting
        """,
    )
)

# What is said with one of them, and why it may be.
ALLOWED = {
    # Programs and devices have these names.
    r"(feed|screen) readers?": "programs",
    r"(Stream|Buffered|Dict|Reply)Reader|csv\.reader|reader = ReplyReader": "classes that read",
    r"(self|talk|session|asyncio)\.reader\b|\breader(,|:|\)|\.\w+) ?": "the end of a stream",
    r"for reply in reader\b|our own reader: urllib": "code that reads replies or robots.txt",
    r"style[ _]sheets?": "CSS",
    # People and their buttons.
    r"(?<![a-z])press(es|ed)?\b(?!es)": "a button is pressed; but no name is made of it",
    r"reader@example\.org": "the address in a preview",
    # Words of others.
    r"press_sequentially": "of playwright",
    r"members?\.example|member_rating|cleaned_members|a member with|MEMBER_RATING": "of a service",
    r"\bmembers\b|_members_|MEMBERS|^members": "the reports of an event, the parts of an archive",
    r"\|member\)": "what mail servers say",
    r"under shelf ice|the shelf gave|\*leaning\*|leaning and|: leaning": "texts of sample stories",
    # What stands in the files of people, and in the databases of earlier versions.
    r'"sheet": layout|leaver=subscriber': "names in templates of 0.1, still understood",
    r"RENAMED = .*|FROM departures": "tables of earlier versions",
    r"each-reader-at-their-hour": "the file of decision 21",
}

WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
ALLOWED_PHRASE = re.compile("|".join(ALLOWED), re.IGNORECASE)
# Word lists of languages, samples, and migrations, which are never edited.
ASIDE = (
    *("decisions", "migrations", "data", "language", "locale", "golden", "node_modules", "vendor"),
)
PROSE = {".py", ".j2", ".md", ".js", ".css"}


def files() -> Iterator[Path]:
    """Everything that is read by people, but for what is past or is not ours."""
    for folder in ("digest", "templates", "tests", "docs"):
        for path in sorted((ROOT / folder).rglob("*")):
            parts = path.relative_to(ROOT).parts
            is_aside = any(part in ASIDE for part in parts) or path == Path(__file__).resolve()
            if path.suffix in PROSE and not is_aside:
                yield path


def old_words(text: str) -> set[str]:
    """The old words of a text, also where they are parts of a name; plurals as singulars."""
    lower = text.lower()
    if not any(word in lower for word in OLD_WORDS):
        return set()
    rest = ALLOWED_PHRASE.sub(" ", text)
    words = {word.lower() for word in set(WORD.findall(rest))}
    return {word for word in words if word in OLD_WORDS or word.removesuffix("s") in OLD_WORDS}


def test_no_public_class_name_stands_for_two_things():
    places: dict[str, list[str]] = defaultdict(list)
    for file in sorted((ROOT / "digest").rglob("*.py")):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(str(file.relative_to(ROOT)))
    twice = {name: where for name, where in places.items() if len(where) > 1}
    assert {name: where for name, where in twice.items() if name not in MAY_STAND_TWICE} == {}
    assert set(twice) >= MAY_STAND_TWICE, "take out of the list what stands once"


def test_no_word_of_the_private_language_is_left():
    found = [
        f"{path.relative_to(ROOT)}:{number}: {', '.join(sorted(words))}: {line.strip()}"
        for path in files()
        if old_words(text := path.read_text("utf-8"))
        for number, line in enumerate(text.splitlines(), start=1)
        if (words := old_words(line))
    ]
    assert found == []


def test_no_file_bears_an_old_word():
    assert [str(path) for path in files() if old_words(str(path.relative_to(ROOT)))] == []


def test_old_words_are_seen_in_names_and_in_sentences():
    assert old_words("class LaneClerk: the_rosters = 1") == {"lane", "clerk", "rosters"}
    assert old_words("A screen reader reads the style sheet; press the button.") == set()
