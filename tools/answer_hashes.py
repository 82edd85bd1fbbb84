"""Hash the answers of the exercises: the file that `dh.check` and `dh.hint` read.

python tools/answer_hashes.py [05 clinic ...]

Runs the notebooks in exercises/ with their solutions, and writes the hash of each answer, the hints
and what the exercise says about its answer to d2l_helpers/exercises/answer_hashes.json. Entries of
other lessons stay as they are. Do this before `make refresh` whenever an answer or a hint has
changed.
"""

import argparse
import ast
import json
import os
import sys
from pathlib import Path

import d2l_helpers as dh
from d2l_helpers.exercises.answer_hashes import hash_answer
from d2l_helpers.exercises.entries import ANSWER_HASHES
from d2l_helpers.utils.files import atomic_write

import nbformat
from IPython.core.inputtransformer2 import TransformerManager

EXERCISES = Path(__file__).resolve().parent.parent / "exercises"


def answers_of(notebook):
    """Run the code of a notebook with its solutions; return what it checks, by number and name.

    They run in this process, without a kernel; what cells show is ignored.
    """
    answers, namespace = {}, {"__name__": "__main__", "display": lambda *shown: None}
    checks = checks_of(notebook)
    kept = dh.check

    def note(number, *given, by=None):
        given = (by(*given),) if by else given
        answers[number] = dict(zip(checks[number][0], given))

    dh.check = note
    try:
        for cell in notebook.cells:
            if cell.cell_type == "code":
                exec(TransformerManager().transform_cell(cell.source), namespace)
    finally:
        dh.check = kept
    return answers


def checks_of(notebook):
    """Return, by the number of each check of a notebook, its variables, and the name of by, if any.

    With by=... all variables make one answer.
    """
    found = {}
    for cell in notebook.cells:
        if "check" in cell.metadata.get("tags", []):
            (statement,) = ast.parse(cell.source).body
            number, *variables = statement.value.args
            names = [variable.id for variable in variables]
            by = [keyword.value.id for keyword in statement.value.keywords]
            found[number.value] = ([", ".join(names)], by[0]) if by else (names, None)
    return found


def entries(notebook):
    """Return the entries of the exercises of a notebook, by number."""
    answers, checks, found = answers_of(notebook), checks_of(notebook), {}
    for cell in notebook.cells:
        exercise = cell.metadata.get("exercise")
        if exercise:
            number = exercise["id"]
            entry = {"salt": f"alexnet course {number}", "hints": exercise.get("hints", [])}
            if number in answers:
                specs = exercise.get("answers", {})
                entry["answers"] = hash_answers(entry["salt"], answers.pop(number), specs)
                if checks[number][1]:
                    entry["by"] = checks[number][1]
                if "relations" in exercise:
                    entry["relations"] = exercise["relations"]
            found[number] = entry
    if answers:
        sys.exit(f"checked, but not an exercise of this notebook: {', '.join(answers)}")
    return found


def hash_answers(salt, answers, specs):
    """Return what recognizes the answers to an exercise or to a variant of it, by name.

    Args:
        salt: text that no other exercise or variant is hashed with.
        answers: {name: the right answer}.
        specs: {name: what the exercise says about it, see `hash_answer`}, for some of them.
    """
    return {
        name: hash_answer(f"{salt}/{name}", answer, **specs.get(name, {}))
        for name, answer in answers.items()
    }


def in_order(number):
    """Return a sort key for the numbers of exercises: clinic.10 comes after clinic.9."""
    lesson, position = number.split(".")
    return lesson, int(position)


def write_entries(path, known):
    """Write the entries of exercises as JSON, one per line, in the order of the lessons.

    Args:
        path: the file.
        known: the entries by the numbers of their exercises.
    """
    lines = (
        f"{json.dumps(n)}: {json.dumps(known[n], ensure_ascii=False)}"
        for n in sorted(known, key=in_order)
    )
    with atomic_write(path) as partial:
        partial.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("lesson", nargs="*", help="numbers; all lessons when left out")
    chosen = parser.parse_args(arguments).lesson
    os.chdir(EXERCISES)  # as a kernel
    for path in sorted(EXERCISES.glob("*.ipynb")):
        lesson = path.stem.split("_")[0]
        if not chosen or lesson in chosen:
            found = entries(nbformat.read(path, as_version=4))
            # Read anew: a run for another lesson may have ended meanwhile.
            known = json.loads(ANSWER_HASHES.read_text()) if ANSWER_HASHES.exists() else {}
            others = {n: e for n, e in known.items() if n.split(".")[0] != lesson}
            write_entries(ANSWER_HASHES, others | found)
            print(f"{lesson}: {len(found)} exercises")


if __name__ == "__main__":
    main()
