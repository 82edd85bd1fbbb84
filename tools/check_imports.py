"""Check how the course's own modules import each other, for `make lint`.

python tools/check_imports.py

Imports run downwards in LAYERS and never in a cycle, also those inside functions, and a name that
begins with _ is used in its own module only. The files are read, not imported.
"""

import ast
import graphlib
import sys
from importlib.util import resolve_name
from pathlib import Path

# From the top down: folders, and in d2l_helpers its subpackages. "d2l_helpers" itself stands for
# the modules in none of these. Layers on one line do not import each other.
LAYERS = """
benchmarks experiments tools
d2l_helpers
training
figures
checkpoints evaluation exercises export notebook
inspection models
data
utils
mxnet_today
"""
LEVELS = {name: n for n, line in enumerate(LAYERS.splitlines()) for name in line.split()}


def own_modules(root):
    """Return {name with which it is imported: (path, layer)} of the course's modules."""
    found = {}
    for folder in (root / name for name in LEVELS):
        is_package = (folder / "__init__.py").exists()  # a script is imported by its bare name
        for path in folder.glob("**/*.py" if is_package else "*.py"):
            parts = path.relative_to(root if is_package else folder).with_suffix("").parts
            name = ".".join(part for part in parts if part != "__init__")
            place = path.relative_to(root).parts
            has_subpackage = place[0] == "d2l_helpers" and len(place) > 2
            found[name] = path, place[1] if has_subpackage else place[0]
    return found


def used(name, path, modules):
    """Yield what a module uses of other modules: the line, the module, and the name taken there."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    bound = {}  # what is imported, by the name that it has here
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                bound[alias.asname or alias.name] = alias.name
                yield node.lineno, alias.name, ""
        elif isinstance(node, ast.ImportFrom):
            source = resolve_name("." * node.level + (node.module or ""), package)
            for alias in node.names:
                inner = f"{source}.{alias.name}"
                bound[alias.asname or alias.name] = inner
                yield node.lineno, inner if inner in modules else source, alias.name
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in bound:
            yield node.lineno, bound[ast.unparse(node.value)], node.attr


def faults(root):
    """Yield what is wrong with the imports, in words."""
    modules = own_modules(root)
    for unknown in sorted({layer for _, layer in modules.values()} - set(LEVELS)):
        yield f"{unknown} has no place in LAYERS of tools/check_imports.py"
        return
    graph = {name: set() for name in modules}
    for name, (path, layer) in sorted(modules.items()):
        for line, target, taken in used(name, path, modules):
            if target not in modules or target == name:
                continue
            graph[name].add(target)
            where, below = f"{path.relative_to(root)}:{line}", modules[target][1]
            if below != layer and LEVELS[below] <= LEVELS[layer]:
                yield f"{where}: {layer} must not import {target}, which is not below it"
            if taken.startswith("_") and not taken.endswith("__"):
                yield f"{where}: {taken} is private to {target}"
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        yield "import cycle: " + " > ".join(reversed(error.args[1]))


if __name__ == "__main__":
    sys.exit("\n".join(faults(Path(__file__).resolve().parent.parent)) or None)
