"""Thousands separators in a notebook's tables: 46,764,746 (lesson 00)."""

import numbers

from d2l_helpers.notebook.session import in_notebook

import pandas as pd
from IPython import get_ipython

LARGE = 10_000  # from here on digits are hard to count; years and row numbers stay below


def with_separators(table):
    """Return a table for display, with the whole numbers of large columns as text, 46,764,746.

    Args:
        table: a pandas DataFrame; it is not changed.

    Returns:
        A DataFrame of the same shape. In a column that has a whole number of 10,000 or more, all
        whole numbers have become text. So have those in an index, if it has a name; an index
        without a name only numbers the rows. A column of whole numbers that NaN has turned into
        floats counts as floats and is not changed.
    """
    columns = [column for _, column in table.items()]
    index_is_large = table.index.name is not None and _is_large(table.index)
    if not columns or not (index_is_large or any(map(_is_large, columns))):
        return table
    shown = pd.concat([_separated(c) if _is_large(c) else c for c in columns], axis=1)
    shown.columns = table.columns
    if index_is_large:
        shown.index = pd.Index(_texts(table.index), name=table.index.name)
    return shown


def _is_large(column):
    if column.dtype.kind not in "iuO":  # signed, unsigned, any objects
        return False
    return any(_is_whole(value) and abs(value) >= LARGE for value in column)


def _separated(column):
    return pd.Series(_texts(column), column.index, dtype=object)


def _texts(values):
    return [f"{value:,}" if _is_whole(value) else value for value in values]


def _is_whole(value):
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def separate_thousands():
    """Make this kernel show DataFrames with thousands separators, see `with_separators`.

    Their values stay numbers, and `print` and `str` give the same as before. Outside of a kernel
    this does nothing.
    """
    if not in_notebook():
        return
    formatters = get_ipython().display_formatter.formatters
    formatters["text/html"].for_type(pd.DataFrame, lambda t: with_separators(t)._repr_html_())
    formatters["text/plain"].for_type(
        pd.DataFrame, lambda t, printer, cycle: printer.text(repr(with_separators(t)))
    )
