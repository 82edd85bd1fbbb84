"""The name by which summary.py knows d2l_helpers.results."""

from d2l_helpers.results import ROOT, recorded  # noqa: F401
