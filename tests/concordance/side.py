"""Run one framework's side of docs/concordance.md, and write down what came out.

python side.py pytorch|keras FOLDER

The folder holds the page, images, labels, and what Gluon's side has written: the inputs and the
weights of each layer. Gluon's side runs in the tests' own process. What differs between the
frameworks is in in_gluon.py, in_pytorch.py and in_keras.py, each with the same functions, and with
one function for each bullet of the page, which raises AssertionError where the bullet is wrong.
"""

import ast
import importlib
import inspect
import json
import sys
import traceback
from pathlib import Path

import numpy
from page import entries_of

ROUNDS = 2  # through the batches
LAYERS, FIRST_WEIGHTS, LOOP = "Layers", "First weights", "The training loop"
OPTIMIZERS, AROUND = "Optimizers", "Around the loop"
PREPARES = ("Batches", "The net", "Initialization")
TRAINED = ("Freezing", "A compiled graph", "Devices")  # what has to be there while it trains
MODES = ("predicting", "training")
WEIGHT_SHAPES = ((96, 48, 5, 5), (512, 256))


def value_of(code, names):
    """Run code, and return the value of the expression that it ends with, or None."""
    tree = ast.parse(code)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<concordance>", "exec"), names)
    return last and eval(compile(ast.Expression(last.value), "<concordance>", "eval"), names)


class Program:
    """The training loop of the page in one framework, its blocks run one by one.

    Args:
        side: the module of the framework.
        entries: of the page.
        names: those that the blocks see.
        weights: that the net gets after its initialization; without any it keeps its own.
    """

    def __init__(self, side, entries, names, weights):
        self.side, self.names = side, dict(names)
        self.code = {e.title: e.code[side.NAME] for e in entries if e.code}
        for title in PREPARES:
            self.run(title)
        self.batches = [(X, y) for X, y in self.names["train_iter"]]
        self._take_first_batch()
        if weights:
            side.set_weights(self.names["net"], weights)
        for title in ("The loss", "The optimizer"):
            self.run(title)

    def _take_first_batch(self):
        self.names["X"], self.names["y"] = self.batches[0]

    def run(self, title):
        return value_of(self.code[title], self.names)

    def train(self):
        """Train on all batches for some rounds; a scheduler that is there takes its steps."""
        for X, y in self.batches * ROUNDS:
            self.names |= {"X": X, "y": y}
            self.run("One step")
            if "scheduler" in self.names:
                self.names["scheduler"].step()
        self._take_first_batch()

    def scores(self):
        return self.side.scores(self.names["net"], self.names["X"])

    def weights(self, title):
        """Return the weights of the net by names that begin with a title."""
        weights = self.side.weights(self.names["net"])
        return {f"{title}: {i:02}": weight for i, weight in enumerate(weights)}


def run(side, folder, text, only=None):
    """Run one side of the page.

    Args:
        side: the module of the framework.
        folder: with data.npz and Gluon.npz; without the latter this is Gluon's side, and begins.
        text: of the page.
        only: names of what is run; default: all.

    Returns:
        Arrays by name, and what failed: a message by the name of a block, default or bullet.
    """
    entries = entries_of(text)
    names, found, failed = {}, {}, {}
    exec(entries[0].code[side.NAME], names)
    written = folder / "Gluon.npz"
    given = dict(numpy.load(written)) if written.exists() else found
    data = dict(numpy.load(folder / "data.npz"))
    data["file"] = str(folder / f"{side.NAME}.weights.h5")
    jobs = {
        **_layers_and_rules(side, entries, names, given),
        **_programs(side, entries, {**names, **data}, given),
        **_checks(side, entries, names),
    }
    for job in jobs if only is None else only:
        try:
            found |= jobs[job]() or {}
        except Exception:  # each is reported by itself
            failed[job] = traceback.format_exc(limit=-3)
    return found, failed


def _layers_and_rules(side, entries, names, given):
    """Return what runs each layer and each rule for the first weights, by its title."""
    jobs = {}
    for entry in entries:
        if entry.part == LAYERS:
            jobs[entry.title] = lambda entry=entry: _layer(side, entry, names, given)
        elif entry.part == FIRST_WEIGHTS and entry.code:
            jobs[entry.title] = lambda entry=entry: _rule(side, entry, names)
    return jobs


def _layer(side, entry, names, given):
    """Return the outputs of a layer, or of a list of them, in both modes; of Gluon's, all of it."""
    found = {}
    layers = value_of(entry.code[side.NAME], dict(names))
    for i, layer in enumerate(layers if isinstance(layers, list) else [layers]):
        key = f"{entry.title} {i}"
        if side.NAME == "Gluon":
            found |= side.example(layer, entry.takes, key)
        known = {**given, **found}
        weights = [known[name] for name in known if name.startswith(f"{key}: weight")]
        for mode in MODES:
            X = known[f"{key}: input"]
            found[f"{key}: {mode}"] = side.output(layer, X, weights, mode == "training")
    return found


def _rule(side, entry, names):
    """Return weights that a rule for the first weights has drawn."""
    code = entry.code[side.NAME]
    drawn = [side.draw(code, dict(names), shape) for shape in WEIGHT_SHAPES]
    return {f"{entry.title}: {i}": weight for i, weight in enumerate(drawn)}


def _programs(side, entries, names, given):
    """Return what runs the training loop, each optimizer, and each entry around the loop."""

    def program():
        weights = [given[name] for name in given if name.startswith("first: ")]
        return Program(side, entries, names, weights)

    jobs = {LOOP: lambda: _loop(side, program)}
    for entry in entries:
        if entry.part == OPTIMIZERS:
            jobs[entry.title] = lambda entry=entry: _optimizer(program(), entry.title)
        elif entry.part == AROUND:
            jobs[entry.title] = lambda entry=entry: _around(program(), entry.title)
    return jobs


def _loop(side, program):
    """Return what the blocks of the training loop give, one after the other."""
    first = program()
    found = {f"batches: {i}": side.images(X) for i, (X, _) in enumerate(first.batches)}
    found |= {"scores": first.scores(), "loss": side.loss(first.names)}
    found |= first.weights("first")
    first.run("The squared error")
    found["squared error"] = side.squared_error(first.names)
    first.train()
    first.run("A new learning rate")
    first.train()
    found |= first.weights("trained")
    first.run("Evaluation")
    found["right"] = numpy.array(int(first.names["right"]))
    first.run("Saving")
    second = program()
    second.run("Loading")
    return {**found, **second.weights("loaded")}


def _optimizer(program, title):
    program.run(title)
    program.train()
    return program.weights(title)


def _around(program, title):
    """Return the scores that the block has computed, or else those of its net, and the weights."""
    program.run(title)
    if title in TRAINED:
        program.train()
    scores = program.names.get("scores")
    scores = program.scores() if scores is None else program.side.numbers(scores)
    return {title: scores, **program.weights(title)}


def _checks(side, entries, names):
    """Return the checks of all defaults and bullets, by name."""
    checks = {}
    for entry in entries:
        for default in entry.defaults[side.NAME]:
            setting = f"{default.argument}={default.value}".removesuffix("=")
            name = f"{entry.title}: {default.owner}({setting})"
            checks[name] = lambda default=default: _check_default(default, names)
    # A framework that a bullet says nothing of has no function for it.
    bullets = [name for e in entries for name in e.bullets if hasattr(side, name)]
    return {**checks, **{name: getattr(side, name) for name in bullets}}


def _check_default(default, names):
    owner = eval(default.owner, names)
    parameters = inspect.signature(owner).parameters
    assert default.argument in parameters, f"{default.owner} has no {default.argument}"
    real = parameters[default.argument].default
    none = inspect.Parameter.empty
    assert real == (eval(default.value, names) if default.value else none), f"it is {real!r}"


def main(framework, folder):
    side = importlib.import_module(f"in_{framework}")
    folder = Path(folder)
    found, failed = run(side, folder, (folder / "concordance.md").read_text(encoding="utf-8"))
    numpy.savez(folder / f"{side.NAME}.npz", **found)
    (folder / f"{side.NAME}.json").write_text(json.dumps(failed))


if __name__ == "__main__":
    main(*sys.argv[1:])
