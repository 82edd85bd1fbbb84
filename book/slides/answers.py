"""Find the answer to each prediction of a lesson."""

from dataclasses import replace


def with_answers(blocks):
    """Return blocks in which the answer to each prediction is marked, and its code folded.

    An answer reaches from the first output after the question to the next code, question or
    heading. What is said between the question and that output goes with the question, and so does
    the code, folded: "What does this cell print?"
    """
    done, left = [], list(blocks)
    while left:
        block = left.pop(0)
        done.append(block)
        if block.kind == "question":
            count = answer_length(left)
            done += [*with_question(left[:count]), *answer_in(left[:count])]
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


def first_output(blocks):
    """Return the index of the first output among blocks, 0 if there is none."""
    return next((i for i, block in enumerate(blocks) if block.is_output), 0)


def with_question(blocks):
    """Return what goes with the question: what is said before the output, then the code."""
    before = blocks[: first_output(blocks)]
    said = [replace(block, kind="aside") for block in before if block.is_prose]
    return said + [replace(block, kind="folded") for block in before if block.kind == "code"]


def answer_in(blocks):
    """Return the answer, with its code folded."""
    first = first_output(blocks)
    return [
        replace(block, kind="folded" if block.kind == "code" else block.kind, answers=True)
        for i, block in enumerate(blocks)
        if i >= first or not block.is_prose
    ]
