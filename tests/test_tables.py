"""Large whole numbers in tables."""

import d2l_helpers as dh
from d2l_helpers.notebook import tables
from d2l_helpers.notebook.tables import with_separators

import nbformat
import numpy
import pandas as pd
import pytest
from nbclient import NotebookClient
from stored_lessons import KERNEL_STARTS


def lines(table):
    return with_separators(table).to_string().splitlines()


def test_all_whole_numbers_of_a_column_with_a_large_one_are_separated():
    table = pd.DataFrame({"n": [1_234, -46_764_746], "year": [2012, 9_999]})
    assert lines(table) == [
        "             n  year",
        "0        1,234  2012",
        "1  -46,764,746  9999",
    ]


def test_the_table_keeps_its_numbers():
    table = dh.layer_table(dh.alexnet(), (1, 1, 224, 224))
    shown = with_separators(table)
    assert list(shown.iloc[-1])[3:] == ["46,764,746", "938,146,176", table.iloc[-1, -1]]
    assert table["parameters"].sum() == 2 * 46_764_746
    assert shown["receptive_field"].dtype.kind == "i"


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"n": [9_999, -9_999]}),
        pd.DataFrame({"floats": [20_000.0, numpy.nan]}),
        pd.DataFrame({"words": ["20000", None], "truth": [True, False]}),
        pd.DataFrame({"n": [1]}, index=[60_000]),
        pd.DataFrame({"n": []}),
        pd.DataFrame(),
        pd.DataFrame(index=pd.Index([60_000], name="images")),
    ],
    ids=["small", "floats", "words", "index", "no rows", "nothing", "no columns"],
)
def test_a_table_without_large_whole_numbers_is_shown_as_it_is(table):
    assert with_separators(table) is table


def test_what_is_not_a_whole_number_stays_in_a_large_column():
    values = [20_000, 2.5, "x", None, numpy.nan, True, numpy.int32(30_000)]
    shown = with_separators(pd.DataFrame({"any": values}, dtype=object))["any"]
    assert list(shown.drop(4)) == ["20,000", 2.5, "x", None, True, "30,000"]
    assert numpy.isnan(shown[4])


@pytest.mark.parametrize("dtype", ["uint16", "int64", "Int64"])
def test_each_kind_of_whole_number_is_known(dtype):
    assert lines(pd.DataFrame({"n": pd.Series([7, 60_000], dtype=dtype)}))[-1] == "1  60,000"


def test_texts_and_other_values_share_a_column_of_objects():
    shown = with_separators(pd.DataFrame({"n": [7, 60_000]}))
    assert shown["n"].dtype == object  # also where pandas has a type of its own for texts


def test_a_missing_whole_number_stays_missing():
    table = pd.DataFrame({"n": pd.array([None, 60_000], dtype="Int64")})
    assert lines(table)[1:] == ["0    <NA>", "1  60,000"]


def test_an_index_with_a_name_is_separated_too():
    table = pd.DataFrame({"width": [0.5, 1.5]}, index=pd.Index([100, 10_000], name="images"))
    assert lines(table)[1:] == ["images       ", "100       0.5", "10,000    1.5"]
    assert list(table.index) == [100, 10_000]


def test_columns_may_have_one_name_or_several_and_rows_too():
    columns = pd.MultiIndex.from_tuples([("a", "x"), ("a", "x"), ("b", "y")], names=["of", None])
    table = pd.DataFrame([[1, 20_000, 3], [4, 5, 6]], index=[7, 7], columns=columns)
    shown = with_separators(table)
    assert shown.columns.equals(columns) and list(shown.index) == [7, 7]
    assert shown.to_numpy().tolist() == [[1, "20,000", 3], [4, "5", 6]]


def outputs(code):
    """Return the outputs of a notebook with these cells."""
    cells = [nbformat.v4.new_code_cell(source) for source in code]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, startup_timeout=KERNEL_STARTS).execute()
    return [cell.outputs for cell in notebook.cells]


def test_a_notebook_shows_them_and_keeps_the_numbers_and_print():
    make = "table = pd.DataFrame({'n': [46764746, 1]}); table"
    before, _, shown, printed, _ = outputs(
        [
            f"import pandas as pd\n{make}",
            "import d2l_helpers",
            "table",
            "print(table)",
            "assert table['n'].sum() == 46764747",
        ]
    )
    assert "46764746" in before[0].data["text/plain"]  # without the course's helpers
    assert before[0].data.keys() == shown[0].data.keys() == {"text/plain", "text/html"}
    assert shown[0].data["text/plain"] == "            n\n0  46,764,746\n1           1"
    assert "<td>46,764,746</td>" in shown[0].data["text/html"]
    assert printed[0].text == f"{before[0].data['text/plain']}\n"


def test_outside_of_a_kernel_nothing_is_changed(monkeypatch):
    monkeypatch.setattr(tables, "get_ipython", lambda: pytest.fail("there is no kernel"))
    tables.separate_thousands()
