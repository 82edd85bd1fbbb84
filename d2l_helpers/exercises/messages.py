"""How the exercises print text: in lines that JupyterLab shows whole (lesson 00)."""

import textwrap

WIDTH = 88  # JupyterLab breaks longer lines wherever its window ends, in the midst of a word


def print_wrapped(text):
    """Print text in lines of at most `WIDTH` letters, broken between words."""
    for line in text.split("\n"):
        print(textwrap.fill(line, WIDTH, break_long_words=False, break_on_hyphens=False))


def listed(words):
    """Return words in a sentence: "05.1, 05.2 and 05.5"."""
    *others, end = words
    return f"{', '.join(others)} and {end}" if others else end
