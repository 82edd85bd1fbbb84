"""Cut a lesson into slides, by rule.

- A section begins a slide, and is continued on the next one where a slide is full.
- A prediction is a slide of its own, with what leads to it. Its answer begins the next slide: the
  output, and the text after it. The code in between is folded on both.
- Code stays with its output, a list is one, and a sentence that ends in a colon has its sequel.
- A cell's slide type, in nbconvert's slideshow metadata or as a tag, overrules this.
"""

from dataclasses import dataclass, field, replace

from book.slides.answers import with_answers
from book.slides.blocks import blocks_of
from book.slides.notes import Notes
from book.slides.pieces import pieces
from book.slides.room import CLOSE, COMFORTABLE, LEVELS, TIGHT, TITLE, is_scrap, level_of

GOALS = "**After this lesson you can**"
OPENING = "title", "goals"  # slides before the first section
LEAD = 420  # letters of a paragraph that is shown above a question
RECAP = 210  # letters of a question that is repeated above its answer


@dataclass
class Slide:
    """What is shown at once.

    Args:
        kind: title, goals, section, prediction or answer.
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
        levels = TITLE if self.kind == "title" else LEVELS
        return level_of(self.blocks, levels) or levels[-1]


def cut(notebook, notes=None):
    """Return the slides of a lesson.

    Args:
        notebook: with its outputs.
        notes: those of the teacher's page.
    """
    notes = notes or Notes()
    title, *blocks = blocks_of(notebook)
    slides = [Slide("title", title.text, notes=[notes.rest], begins_section=True)]
    for unit in units(with_answers(blocks)):
        first = unit[0]
        if first.kind == "heading":
            note = notes.sections.get(first.text, "")
            slides.append(Slide("section", first.text, notes=[note], begins_section=True))
        elif first.text == GOALS:
            slides.append(Slide("goals", GOALS.strip("*"), begins_section=True))
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
    slide = slides[-1]
    if kind == "prediction":
        slide.kind = kind
        slide.notes.append(notes.of_question(question_of(unit).text))
    elif kind == "answer" and not slide.blocks and slides[-2].kind == "prediction":
        repeat_question(slides[-2], slide, unit)
    first, *others = pieces(unit)
    slide.blocks += first
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
    levels = levels_to_fill(unit, kind, slide)
    return not (levels and (not slide.blocks or level_of(slide.blocks + unit, levels)))


def levels_to_fill(unit, kind, slide):
    """Return the levels at which a unit may be added to a slide; none if it may not."""
    if slide.kind == "title":
        return TITLE if kind == "section" else []
    if slide.kind == "goals":
        return LEVELS if kind == "section" else []
    if kind == "prediction":  # a few words before it are on its slide
        few = slide.kind == "section" and all(block.is_prose for block in slide.blocks)
        return COMFORTABLE if few and is_scrap(slide.blocks) else []
    if kind != slide.kind:
        return []
    if is_scrap(slide.blocks) or is_scrap(unit):
        return TIGHT
    return CLOSE if kind == "answer" else COMFORTABLE


def new_slide(slides, kind):
    """Append a slide to the section; one that holds nothing but its title is taken instead."""
    last = slides[-1]
    if last.kind not in OPENING and not last.blocks:
        last.kind = kind
    else:
        slides.append(Slide(kind, "" if last.kind in OPENING else last.title))


def repeat_question(asked, answer, unit):
    """Show a question above its answer, if it is short, and note what the teacher's page says."""
    recap = replace(question_of(asked.blocks), kind="recap", slide_type="")
    if len(recap.text) <= RECAP and level_of([recap, *unit], COMFORTABLE):
        answer.blocks.append(recap)
    answer.notes.append(asked.notes[-1])


def units(blocks):
    """Yield lists of neighbouring blocks that want to be on one slide."""
    unit = []
    for block, following in zip(blocks, [*blocks[1:], None]):
        unit.append(block)
        if not following or not stay_together(block, following):
            yield from with_lead_apart(unit)
            unit = []


def with_lead_apart(unit):
    """Return a unit, or apart its question and what leads to it, if both do not fit on a slide."""
    if not question_of(unit) or level_of(unit):
        return [unit]
    place = unit.index(question_of(unit))
    return [part for part in (unit[:place], unit[place:]) if part]


def stay_together(block, following):
    """Whether two neighbours want to be on one slide."""
    if following.slide_type or following.kind == "heading" or block.answers != following.answers:
        return False
    if following.kind == "question":  # what leads to it is shown above it, unless it is long
        return (
            block.is_prose
            and not block.answers
            and (block.kind != "prose" or len(block.text) <= LEAD)
        )
    return (
        following.kind == "aside"
        or (following.is_output and not block.is_prose)
        or block.kind == "folded"
        or (following.kind == "folded" and block.kind in ("question", "aside"))
        or block.kind == following.kind == "item"
        or (block.is_prose and block.text.endswith(":"))
    )


def leads_to_question(block):
    """Whether a block that precedes a question is shown above it."""
    is_long = block.kind == "prose" and len(block.text) > LEAD
    return block.is_prose and not block.answers and not is_long
