"""What happens when MXNet is imported: checks before it, and stand-ins for its modules."""

import builtins
import functools
import sys
from importlib.machinery import PathFinder, SourceFileLoader

from mxnet_today import cuda, libraries, stack


def stand_before_mxnet():
    """Have all later imports of MXNet's modules go through `MXNetFinder`."""
    if MXNetFinder not in sys.meta_path:
        sys.meta_path.insert(0, MXNetFinder)


class MXNetFinder:
    """Finds MXNet's modules, once it is certain that MXNet can work here."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        """Return where a module of MXNet is and what loads it, None for all other modules.

        Raises:
            ImportError: MXNet cannot work here; the message says why, and what to do.
        """
        if name.partition(".")[0] != "mxnet":
            return None
        if name == "mxnet":
            stack.check()
            libraries.check()
            if "mxnet-cu112" in stack.versions():
                cuda.load_libraries()
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader) and stand_ins():
            spec.loader = StandInLoader(name, spec.origin)
        return spec


class StandInLoader(SourceFileLoader):
    """Loads a module of MXNet, whose imports give it stand-ins where there are any."""

    def exec_module(self, module):
        # Python takes `__import__` from here for each import in the module and its functions.
        module.__dict__["__builtins__"] = {**vars(builtins), "__import__": import_stand_in}
        super().exec_module(module)

    def get_code(self, fullname):
        from mxnet_today import compat

        if not compat.is_replaced(fullname):
            return super().get_code(fullname)
        return self.source_to_code(
            compat.replaced_source(fullname, self.get_source(fullname)), self.path
        )


def import_stand_in(name, globals=None, locals=None, fromlist=(), level=0):
    """Import as `__import__` does, but give a stand-in for a module that has one."""
    available = stand_ins() if level == 0 else {}
    if name in available:
        return available[name]
    module = builtins.__import__(name, globals, locals, fromlist, level)
    # `import multiprocessing.queues` loads that module and names the one above it.
    return module if fromlist else available.get(name.partition(".")[0], module)


@functools.cache
def stand_ins():
    """Return the modules that MXNet gets in place of others here, as {name: module}."""
    from mxnet_today import compat  # here, since it needs NumPy, which stack.check looks for

    compat.print_numbers_as_before()
    return compat.stand_ins()
