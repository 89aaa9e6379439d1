"""Modules that are loaded already, but seem not to be until they are imported.

A program must find what `python3 FILE` would find: an own `random.py` beside the script goes before
the library's, and `sys.modules` holds what was imported. So what the zygote has loaded is taken out
of `sys.modules`, and put back when the program imports it and nothing else comes first.
"""

import importlib
import importlib.machinery
import sys
import warnings

# The interpreter itself looks these up by name, so they cannot be away for a moment.
_NEVER_HIDDEN = {"warnings"}


class WarmModules:
    """A finder, the first in `sys.meta_path`, and the loader of what it finds."""

    def __init__(self):
        self._modules = {}
        # What belongs to each package of Python's own.
        self._parts = {}
        # What each package had `warnings` do.
        self._filters = {}

    def load(self, name):
        """Import the module `name` to have it warm. What it has `warnings` do waits until a program imports it."""
        before = list(warnings.filters)
        try:
            importlib.import_module(name)
        finally:
            added = [own for own in warnings.filters if own not in before]
            self._filters.setdefault(name.partition(".")[0], []).extend(added)
            warnings.filters[:] = before

    def hide(self, bare):
        """Hide all modules but those named in `bare`, which Python had loaded by itself."""
        own = __name__.partition(".")[0]
        for name, module in list(sys.modules.items()):
            is_own = name == own or name.startswith(f"{own}.")
            if name not in bare and name not in _NEVER_HIDDEN and not is_own:
                self._modules[name] = sys.modules.pop(name)
                package, dot, _ = name.partition(".")
                if dot and package in sys.stdlib_module_names:
                    self._parts.setdefault(package, []).append(name)
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def get(self, name):
        """The hidden module `name`, or None."""
        return self._modules.get(name)

    def find_spec(self, name, path=None, target=None):
        # Other threads import meanwhile.
        if any(module is None for module in list(sys.modules.values())):
            # Somebody wants modules that do without others, which warm ones have not done. Packages of which a part
            # is in use stay: their parts know each other. So do those that Python has built in: there is one of each.
            self._modules = {
                name: module
                for name, module in self._modules.items()
                if name.partition(".")[0] in sys.modules or name in sys.builtin_module_names
            }
        module = self._modules.get(name)
        if module is None:
            return None
        if path is None and self._is_shadowed(name, module):
            # With its submodules, which are looked for in its place from now on.
            self._forget(name)
            return None
        return importlib.machinery.ModuleSpec(name, self)

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        name = module.__spec__.name
        # The import system takes what is there when this returns. A package of Python's own comes with all of it
        # that is loaded: C code looks for `json.decoder` where `json` was imported. Others come part by part, for
        # every module that is touched is a page that is copied.
        sys.modules[name] = self._modules.pop(name)
        if name in self._filters:
            warnings.filters[:0] = self._filters.pop(name)
            warnings._filters_mutated()
        for part in self._parts.get(name, ()):
            if part in self._modules:
                sys.modules[part] = self._modules.pop(part)

    def _is_shadowed(self, name, module):
        spec = module.__spec__
        if spec is None or not spec.has_location:
            # Built in: those go before any file.
            return False
        found = importlib.machinery.PathFinder.find_spec(name)
        return found is None or found.origin != spec.origin

    def _forget(self, name):
        self._filters.pop(name, None)
        for other in list(self._modules):
            if other == name or other.startswith(f"{name}."):
                del self._modules[other]
