"""Find the answer to each prediction of a lesson."""

from dataclasses import replace


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
