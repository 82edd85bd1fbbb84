"""Cut a lesson into slides, by rule.

- A section begins a slide, and is continued on the next one where a slide is full.
- A prediction is a slide of its own, with the paragraph that leads to it. Its answer begins the next
  slide: the output, and the text after it. The code in between is folded.
- Code stays with its output, a list is one, and a sentence that ends in a colon has its sequel.
- A cell's slide type, in nbconvert's slideshow metadata or as a tag, overrules this.
"""

from dataclasses import dataclass, field, replace

from book.slides.blocks import blocks_of
from book.slides.notes import Notes
from book.slides.pieces import pieces
from book.slides.room import CLOSE, COMFORTABLE, LEVELS, level_of

GOALS = "**After this lesson you can**"
LEAD = 420  # letters of a paragraph that is shown above a question
RECAP = 210  # letters of a question that is repeated above its answer


@dataclass
class Slide:
    """What is shown at once.

    Args:
        kind: title, section, prediction or answer.
        title: Markdown of one line; "" for that of the lesson.
        blocks: in their order; those of the slide type fragment come with a key of their own.
        notes: for the speaker, in Markdown.
        begins_section: the later slides of the section are stacked below it.
    """

    kind: str
    title: str
    blocks: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    begins_section: bool = False

    @property
    def level(self):
        """How large things are on it."""
        return level_of(self.blocks) or LEVELS[-1]


def cut(notebook, notes=None):
    """Return the slides of a lesson.

    Args:
        notebook: with its outputs.
        notes: those of the teacher's page.
    """
    notes = notes or Notes()
    heading, *blocks = blocks_of(notebook)
    slides = [Slide("title", heading.text, notes=[notes.rest], begins_section=True)]
    for unit in units(with_answers(blocks)):
        first = unit[0]
        if first.kind == "heading":
            section = [notes.sections.get(first.text, "")]
            slides.append(Slide("section", first.text, notes=section, begins_section=True))
        elif first.text == GOALS:
            slides.append(Slide("section", GOALS.strip("*"), begins_section=True))
        elif first.kind == "notes":
            slides[-1].notes.append(first.text)
        else:
            add(slides, unit, notes)
    return [slide for slide in slides if slide.blocks]


def add(slides, unit, notes):
    """Add blocks that belong together to the last slide, or to new ones."""
    kind = kind_of(unit)
    if begins_slide(unit, kind, slides[-1]):
        new_slide(slides, kind)
        if kind == "prediction":
            slides[-1].notes.append(notes.of_question(question_of(unit).text))
        elif kind == "answer" and slides[-2].kind == "prediction":
            repeat_question(slides[-2], slides[-1], unit)
    first, *others = pieces(unit)
    slides[-1].blocks += first
    for blocks in others:
        new_slide(slides, kind)
        slides[-1].blocks += blocks


def kind_of(unit):
    """Return the kind of slide that a unit needs."""
    if question_of(unit):
        return "prediction"
    return "answer" if unit[0].answers else "section"


def question_of(blocks):
    """Return the question among blocks, None if there is none."""
    return next((block for block in blocks if block.kind == "question"), None)


def begins_slide(unit, kind, slide):
    """Whether a unit begins a slide, after the last one."""
    if unit[0].slide_type:
        return unit[0].slide_type != "fragment"
    goes_on = (kind, slide.kind) in [("section", "section"), ("answer", "answer"), ("section", "title")]
    levels = CLOSE if kind == "answer" else COMFORTABLE
    return not goes_on or (slide.blocks and not level_of(slide.blocks + unit, levels))


def new_slide(slides, kind):
    """Append a slide to the section; one that holds nothing but its title is taken instead."""
    last = slides[-1]
    if last.kind != "title" and not last.blocks:
        last.kind = kind
    else:
        slides.append(Slide(kind, "" if last.kind == "title" else last.title))


def repeat_question(asked, answer, unit):
    """Show a question above its answer, if it is short, and note what the teacher's page says."""
    question = question_of(asked.blocks)
    recap = replace(question, kind="recap", slide_type="")
    if len(question.text) <= RECAP and level_of([recap, *unit], COMFORTABLE):
        answer.blocks.append(recap)
    answer.notes.append(asked.notes[-1])


def with_answers(blocks):
    """Return blocks in which the answer to each prediction is marked, and its code folded.

    An answer reaches from the first output after the question to the next code, question or
    heading. What is said between the question and that output goes with the question.
    """
    done, left = [], list(blocks)
    while left:
        block = left.pop(0)
        done.append(block)
        if block.kind == "question":
            count = answer_length(left)
            asides, answer = split_answer(left[:count])
            done += asides + answer
            left = left[count:]
    return done


def answer_length(blocks):
    """Return how many of the blocks after a question lead to its answer or belong to it."""
    answered = told = False
    for i, block in enumerate(blocks):
        if block.kind in ("heading", "question") or (told and not block.is_prose):
            return i
        answered = answered or block.is_output
        told = answered and block.is_prose
    return len(blocks)


def split_answer(blocks):
    """Return what is said before the answer, and the answer with its code folded."""
    first = next((i for i, block in enumerate(blocks) if block.is_output), 0)
    asides = [replace(block, kind="aside") for block in blocks[:first] if block.is_prose]
    answer = [
        replace(block, kind="folded" if block.kind == "code" else block.kind, answers=True)
        for i, block in enumerate(blocks)
        if i >= first or not block.is_prose
    ]
    return asides, answer


def units(blocks):
    """Yield lists of neighbouring blocks that want to be on one slide."""
    unit = []
    for block, following in zip(blocks, [*blocks[1:], None]):
        unit.append(block)
        if not following or not stay_together(block, following):
            yield from with_lead_apart(unit)
            unit = []


def with_lead_apart(unit):
    """Return a unit, or its question and what leads to it apart, if the two do not fit on a slide."""
    if not question_of(unit) or level_of(unit):
        return [unit]
    place = unit.index(question_of(unit))
    return [part for part in (unit[:place], unit[place:]) if part]


def stay_together(block, following):
    """Whether two neighbours want to be on one slide."""
    if following.slide_type or following.kind == "heading" or block.answers != following.answers:
        return False
    if following.kind == "question":  # what leads to it is shown above it, unless it is long
        return block.is_prose and not block.answers and (block.kind != "prose" or len(block.text) <= LEAD)
    return (
        following.kind == "aside"
        or (following.is_output and not block.is_prose)
        or block.kind == "folded"
        or block.kind == following.kind == "item"
        or (block.is_prose and block.text.endswith(":"))
    )
