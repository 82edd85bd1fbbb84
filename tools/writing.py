"""`atomic_write` for tools, without the three seconds in which d2l_helpers imports MXNet."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

_spec = importlib.util.spec_from_file_location("files", ROOT / "d2l_helpers" / "utils" / "files.py")
_files = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_files)
atomic_write = _files.atomic_write
replace_folder = _files.replace_folder
