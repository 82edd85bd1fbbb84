"""Write the variants of the exercises: the file that `dh.exercise` reads.

python tools/variants.py [05.1 ...]

Draws the numbers of twenty variants of each task in variants_00_to_07.py and variants_08_to_13.py,
solves them, and writes the task, the numbers and the hashes of the answers to
d2l_helpers/exercises/variants.json. Other exercises stay as they are. Do this whenever a task has
changed. The students' edition holds none of these scripts: they contain the solutions.
"""

import argparse
import json
import random
import sys

import variants_00_to_07  # noqa: F401  puts its tasks into TASKS, and so does the next one
import variants_08_to_13  # noqa: F401
from answer_hashes import hash_answers, write_entries
from d2l_helpers.exercises.function_cases import call
from d2l_helpers.exercises.variants import VARIANTS, salt_of
from variant_task import TASKS

NUM_VARIANTS = 20
MAX_DRAWS = 10_000  # for one variant; more means that a task has too few different ones


def draw_variants(number):
    """Return the (numbers, answers) of all variants of an exercise.

    No two have the same answers, and none has those of the exercise itself.

    Args:
        number: of the exercise, such as "05.1".

    Raises:
        RuntimeError: there are too few different ones that are sensible.
    """
    task, drawn = TASKS[number], []
    seen = [as_text(task, task.solve(**task.original))]
    for variant in range(1, NUM_VARIANTS + 1):
        rng = random.Random(f"{number} {variant}")
        for _ in range(MAX_DRAWS):
            numbers = task.draw(rng)
            answers = task.solve(**numbers)
            if task.is_sensible(numbers, answers) and as_text(task, answers) not in seen:
                break
        else:
            raise RuntimeError(f"{number} has too few sensible variants: {len(drawn)}")
        seen.append(as_text(task, answers))
        drawn.append((numbers, answers))
    return drawn


def as_text(task, answers):
    """Return what tells answers apart, as text; a function is known by its results."""
    texts = []
    for name, answer in answers.items():
        if callable(answer):
            answer = [call(answer, case).result for case in task.specs[name]["cases"]]
        texts.append(str(answer))
    return " ".join(texts)


def entry(number):
    """Return the entry of an exercise in variants.json."""
    drawn = draw_variants(number)
    variants = [
        {
            "numbers": numbers,
            "answers": hash_answers(salt_of(number, variant), answers, TASKS[number].specs),
        }
        for variant, (numbers, answers) in enumerate(drawn, start=1)
    ]
    _, answers = drawn[0]
    return {"names": list(answers), "task": TASKS[number].text, "variants": variants}


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("exercise", nargs="*", help="numbers; all exercises when left out")
    chosen = parser.parse_args(arguments).exercise or list(TASKS)
    unknown = [number for number in chosen if number not in TASKS]
    if unknown:
        sys.exit(f"no tasks with variants: {', '.join(unknown)}. There are {', '.join(TASKS)}")
    found = {number: entry(number) for number in chosen}
    known = json.loads(VARIANTS.read_text(encoding="utf-8")) if VARIANTS.exists() else {}
    write_entries(VARIANTS, {n: e for n, e in known.items() if n in TASKS} | found)
    print(f"{len(found)} exercises with {NUM_VARIANTS} variants each")


if __name__ == "__main__":
    main()
