"""Seal the answers of the exercises: what `dh.check` and `dh.hint` read.

python tools/seal.py [04 clinic ...]

Runs the notebooks in exercises/ with their solutions, and writes the hash of each answer, its hints
and what the exercise says about its answer to d2l_helpers/exercises/answer_hashes.json. What that
file holds of other lessons stays. Do this before `make refresh`, whenever an answer or a hint has
changed.
"""

import argparse
import json
import os
import sys
from pathlib import Path

import d2l_helpers as dh
from d2l_helpers.exercises import answer_hashes, check
from writing import write_whole

import nbformat
from IPython.core.inputtransformer2 import TransformerManager

EXERCISES = Path(__file__).resolve().parent.parent / "exercises"


def answers_of(notebook):
    """Run the code of a notebook with its solutions; return the answers that it checks, by number.

    In this process and without a kernel: what cells show is not looked at.
    """
    answers, namespace = {}, {"__name__": "__main__", "display": lambda *shown: None}
    kept = dh.check
    dh.check = lambda exercise, answer=None: answers.update({exercise: answer})
    try:
        for cell in notebook.cells:
            if cell.cell_type == "code":
                exec(TransformerManager().transform_cell(cell.source), namespace)
    finally:
        dh.check = kept
    return answers


def entries(notebook):
    """Return what is sealed of each exercise of a notebook, by number."""
    answers, sealed = answers_of(notebook), {}
    for cell in notebook.cells:
        exercise = cell.metadata.get("exercise")
        if exercise:
            number = exercise["id"]
            entry = {"salt": f"alexnet course {number}", "hints": exercise.get("hints", [])}
            if number in answers:
                answer, spec = answers.pop(number), exercise.get("answer", {})
                entry["seal"] = answer_hashes.seal(entry["salt"], answer, **spec)
            sealed[number] = entry
    if answers:
        sys.exit(f"checked, but not an exercise of this notebook: {', '.join(answers)}")
    return sealed


def in_order(number):
    """Return what sorts the numbers of exercises: clinic.10 comes behind clinic.9."""
    lesson, position = number.split(".")
    return lesson, int(position)


def store(sealed):
    """Write what is sealed of all exercises, one a line."""
    lines = (
        f"{json.dumps(n)}: {json.dumps(sealed[n], ensure_ascii=False)}"
        for n in sorted(sealed, key=in_order)
    )
    write_whole(check.SEALED, ("{\n" + ",\n".join(lines) + "\n}\n").encode())


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("lesson", nargs="*", help="numbers; all lessons when left out")
    chosen = parser.parse_args(arguments).lesson
    path = check.SEALED
    sealed = json.loads(path.read_text()) if path.exists() else {}
    os.chdir(EXERCISES)  # as a kernel
    for path in sorted(EXERCISES.glob("*.ipynb")):
        lesson = path.stem.split("_")[0]
        if not chosen or lesson in chosen:
            of_others = {n: e for n, e in sealed.items() if n.split(".")[0] != lesson}
            sealed = of_others | entries(nbformat.read(path, as_version=4))
            store(sealed)
    print(f"{len(sealed)} exercises: {check.SEALED.name}")


if __name__ == "__main__":
    main()
