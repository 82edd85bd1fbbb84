"""Speaker notes from a teacher's page: its parts by section and by prediction."""

import re
from dataclasses import dataclass, field

from book.slides.blocks import cells_of_row, without_local_links

TITLE = re.compile(r"^# .+\n", re.MULTILINE)
ALL_LINKS = re.compile(r"^\[All pages\].+?\[its exercises\]\(\S+\)\. ", re.MULTILINE)


@dataclass
class Notes:
    """What a teacher's page says, in Markdown.

    Args:
        sections: by the title of a section of the lesson.
        predictions: by the words with which a question begins.
        rest: what belongs to neither.
    """

    sections: dict = field(default_factory=dict)
    predictions: dict = field(default_factory=dict)
    rest: str = ""

    def of_question(self, text):
        """Return the notes of a prediction, "" where the page has none."""
        asked = text.split("**Predict:**")[-1].strip()
        found = [note for words, note in self.predictions.items() if asked.startswith(words)]
        return found[0] if found else ""


def read_notes(page):
    """Return the notes of a teacher's page in Markdown."""
    start, *parts = re.split(r"^## (.+)\n", without_links_to_pages(page), flags=re.MULTILINE)
    parts = dict(zip(parts[::2], map(str.strip, parts[1::2])))
    sections, minutes = _minutes(parts.pop("Minutes"))
    intro, predictions = _predictions(parts.pop("What the room predicts"))
    sections["Exercises"] = parts.pop("To the exercises")
    rest = [
        start.strip(),
        minutes,
        intro,
        *(f"**{name}**\n\n{text}" for name, text in parts.items()),
    ]
    return Notes(sections, predictions, "\n\n".join(filter(None, rest)))


def without_links_to_pages(page):
    """Return a page without its title and its first links, and with other links as words."""
    return without_local_links(ALL_LINKS.sub("", TITLE.sub("", page, count=1)))


def _minutes(text):
    """Return a note for each section in the table of minutes, and one with all that is left."""
    lines = text.splitlines()
    *rows, (_, total, _) = [cells_of_row(line) for line in lines if line.startswith("|")][2:]
    notes = {
        name: f"{minutes} {'minute' if minutes == '1' else 'minutes'}."
        + (f" If time is short: {short}." if short else "")
        for name, minutes, short in rows
    }
    others = "\n".join(line for line in lines if not line.startswith("|"))
    return notes, f"{total.strip('*')} minutes in all. {others.strip()}".strip()


def _predictions(text):
    """Return what precedes the predictions, and the note of each."""
    intro, *parts = re.split(r'^\*\*"(.+)"\*\*(.*)$', text, flags=re.MULTILINE)
    notes = {
        words: f"{more.strip()}\n\n{note.strip()}".strip()
        for words, more, note in zip(parts[::3], parts[1::3], parts[2::3])
    }
    return intro.strip(), notes
