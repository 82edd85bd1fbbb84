"""Small faults that tools/mutants.py can plant in a module, found in its syntax tree."""

import ast
import collections
import contextlib
import copy
import dataclasses
import hashlib
import itertools
import re

SWAPS = [
    (ast.Lt, ast.LtE),
    (ast.Gt, ast.GtE),
    (ast.Eq, ast.NotEq),
    (ast.Is, ast.IsNot),
    (ast.In, ast.NotIn),
    (ast.And, ast.Or),
    (ast.Add, ast.Sub),
    (ast.Mult, ast.Div),
]
OPERATORS = {a: b for pair in SWAPS for a, b in (pair, pair[::-1])}
OPERATORS.update({ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult, ast.Pow: ast.Mult})
MESSAGES = {"print", "warn"}  # their arguments are text
# Swapping the arguments of these fails at once, or changes nothing.
ORDERED = {"isinstance", "issubclass", "hasattr", "getattr", "map", "filter", "next", "get"}
ORDERED |= {"pop", "zip", "max", "min", "suppress"}


@dataclasses.dataclass(frozen=True)
class Fault:
    """A change of a file: its bytes from start to end become `text`."""

    module: str  # the path of the file in the repository
    function: str  # with its class
    source: str  # the line in question
    kind: str
    change: str  # in words
    line: int
    start: int
    end: int
    text: str

    @property
    def key(self):
        """Identifies the fault, whatever other lines are changed."""
        return self.module, self.function, self.source, self.change

    def __str__(self):
        place = f"{self.module}:{self.line}: {self.function or 'top level'}"
        return f"{place}: {self.kind}: {self.change}"

    def plant(self, code):
        return code[: self.start] + self.text.encode() + code[self.end :]


class Finder(ast.NodeVisitor):
    """Collects the faults of a file: none in strings, type hints, decorators and messages.

    Args:
        module: the path of the file in the repository.
        code: its content, bytes.
    """

    def __init__(self, module, code):
        self.module, self.code = module, code
        self.lines = code.splitlines(keepends=True)
        self.starts = list(itertools.accumulate(map(len, self.lines), initial=0))
        self.names = []  # of the classes and functions around
        self.assigned = set()  # the variables that have a value so far
        self.faults = []
        self.visit(ast.parse(code))

    def add(self, kind, node, new, change, before=False):
        """Note that a new node or text can stand in place of a node, or before it."""
        start = self.starts[node.lineno - 1] + node.col_offset
        end = start if before else self.starts[node.end_lineno - 1] + node.end_col_offset
        text = new if isinstance(new, str) else ast.unparse(new)
        source = self.lines[node.lineno - 1].decode().strip()
        function = ".".join(self.names)
        self.faults.append(
            Fault(self.module, function, source, kind, change, node.lineno, start, end, text)
        )

    def add_variant(self, kind, node, change, **fields):
        """Note that a node can have other fields."""
        new = copy.copy(node)
        vars(new).update(fields)
        self.add(kind, node, new, change)

    def text(self, node):
        """Return a node as it is written, in a line: `ast.unparse` differs between Pythons."""
        start, end = (self.starts[n - 1] for n in (node.lineno, node.end_lineno))
        code = self.code[start + node.col_offset : end + node.end_col_offset]
        return " ".join(code.decode().split())

    def drop(self, node):
        self.add("dropped statement", node, "pass", f"without {self.text(node)}")

    visit_Raise = visit_Break = visit_Continue = drop

    def visit_all(self, nodes):
        for node in nodes:
            self.visit(node)

    @contextlib.contextmanager
    def scope(self, name, assigned=()):
        outer, self.assigned = self.assigned, set(assigned)
        self.names.append(name)
        yield
        self.names.pop()
        self.assigned = outer

    def visit_ClassDef(self, node):
        with self.scope(node.name):
            self.visit_all(node.body)

    def visit_FunctionDef(self, node):
        named = node.args.posonlyargs + node.args.args
        defaults = [*zip(named[len(named) - len(node.args.defaults) :], node.args.defaults)]
        defaults += [pair for pair in zip(node.args.kwonlyargs, node.args.kw_defaults) if pair[1]]
        body = node.body[ast.get_docstring(node) is not None :]
        with self.scope(node.name, {argument.arg for argument in named + node.args.kwonlyargs}):
            for argument, default in defaults:
                self.visit(default)
                self.ignore(argument.arg, default, body, node)
            self.visit_all(body)

    def ignore(self, argument, default, body, node):
        """Note that the body of a function can begin by giving an argument its default."""
        names = {n.id for part in body for n in ast.walk(part) if isinstance(n, ast.Name)}
        if argument in names and body[0].lineno > node.lineno:
            new = f"{argument} = {ast.unparse(default)}\n{' ' * body[0].col_offset}"
            change = f"always {argument} = {self.text(default)}"
            self.add("ignored argument", body[0], new, change, before=True)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_AnnAssign(self, node):
        if node.value:
            self.visit(node.value)

    def visit_JoinedStr(self, node):
        """Leave formatted strings as they are."""

    def visit_Expr(self, node):
        if isinstance(node.value, ast.Call):
            self.drop(node)
        self.visit(node.value)

    def visit_Assign(self, node):
        names = {target.id for target in node.targets if isinstance(target, ast.Name)}
        if "__all__" in names:
            return
        if names and names <= self.assigned:
            self.drop(node)
        self.assigned |= names
        self.visit(node.value)

    def visit_AugAssign(self, node):
        self.drop(node)
        self.visit(node.value)

    def visit_If(self, node):
        test = node.test
        if re.match(r"TYPE_CHECKING\b|__name__ ==", self.text(test)):
            return
        if not isinstance(test, (ast.Compare, ast.BoolOp)):
            negated = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
            new = test.operand if negated else ast.UnaryOp(ast.Not(), test)
            self.add("flipped condition", test, new, f"not {self.text(test)}")
        self.generic_visit(node)

    visit_IfExp = visit_If

    def visit_Compare(self, node):
        wrong = OPERATORS[type(node.ops[0])]
        change = f"{wrong.__name__} in {self.text(node)}"
        self.add_variant("flipped comparison", node, change, ops=[wrong(), *node.ops[1:]])
        self.generic_visit(node)

    def visit_BoolOp(self, node):
        self.add_operator("flipped condition", node)
        self.generic_visit(node)

    def visit_BinOp(self, node):
        if type(node.op) in OPERATORS and not (_is_text(node.left) or _is_text(node.right)):
            self.add_operator("wrong operator", node)
        self.generic_visit(node)

    def add_operator(self, kind, node):
        wrong = OPERATORS[type(node.op)]
        self.add_variant(kind, node, f"{wrong.__name__} in {self.text(node)}", op=wrong())

    def visit_Constant(self, node):
        value = node.value
        if isinstance(value, (bool, int, float)):
            if isinstance(value, bool):
                wrong = not value
            else:
                wrong = value + 1 if isinstance(value, int) else 2 * value or 1.0
            self.add("wrong constant", node, repr(wrong), f"{value} -> {wrong}")

    def visit_Call(self, node):
        name = getattr(node.func, "attr", getattr(node.func, "id", None))
        if name in MESSAGES:
            return
        for i, pair in enumerate(zip(node.args, node.args[1:])):
            a, b = map(self.text, pair)
            if a != b and name not in ORDERED and not any(isinstance(n, ast.Starred) for n in pair):
                args = [*node.args[:i], *pair[::-1], *node.args[i + 2 :]]
                change = f"{self.text(node.func)}: {a}, {b} swapped"
                self.add_variant("swapped arguments", node, change, args=args)
        for keyword in node.keywords:
            if keyword.arg:
                keywords = [other for other in node.keywords if other is not keyword]
                change = f"{self.text(node.func)}: without {self.text(keyword)}"
                self.add_variant("ignored argument", node, change, keywords=keywords)
        self.generic_visit(node)


def _is_text(node):
    """Return whether a node is a string: then + joins, % formats, and / names a file."""
    return isinstance(node, ast.JoinedStr) or isinstance(getattr(node, "value", None), str)


def choose(faults, number):
    """Return some of a module's faults, spread over its functions, then over kinds of faults.

    A hash decides between those that are equal, so that the same code gets the same faults.
    """
    left = sorted(faults, key=lambda fault: hashlib.sha256(repr(fault.key).encode()).digest())
    chosen = []
    while left and len(chosen) < number:
        functions = collections.Counter(fault.function for fault in chosen)
        kinds = collections.Counter(fault.kind for fault in chosen)
        best = min(left, key=lambda fault: (functions[fault.function], kinds[fault.kind]))
        left.remove(best)
        chosen.append(best)
    return sorted(chosen, key=lambda fault: fault.start)
