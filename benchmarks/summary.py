"""Print what the README says of speed and accuracy from the files in results/.

python benchmarks/summary.py
"""

from d2l_helpers.utils.files import ROOT
from d2l_helpers.utils.results import recorded

import pandas as pd

RESULTS = ROOT / "results"
T1_EPOCHS, T1_BATCH, T1_ACCURACY, EPOCH = 10, 128, 0.890, 60_000
RACE_KIND = "amx_tile"  # of the machine that ran the race
# What `make bench` names its files after: the best instruction set of a CPU, as people call it.
KINDS = {
    "avx2": "AVX2",
    "avx512f": "AVX-512",
    "avx512_bf16": "AVX-512 with bfloat16",
    "amx_tile": "AMX",
}


def recorded_kinds():
    """Return the kinds of machine that `make bench` has recorded, slowest first."""
    return [kind for kind in KINDS if (RESULTS / f"bench-training-{kind}.csv").exists()]


def speeds(kind):
    """Return the lines of the table of images per second, each contender at its best batch size."""
    modes = {mode: recorded(f"bench-{mode}-{kind}.csv") for mode in ("training", "inference")}
    modes = {
        mode: table[table["compared at"] == "best batch"].set_index("contender")
        for mode, table in modes.items()
    }
    first = modes["training"].iloc[0]
    yield f"{first['machine']}, {first['cores']} cores, {KINDS[kind]}, {first['date']}:"
    yield ""
    yield f"| AlexNet at {first['size']} x {first['size']}, images/s | training | inference |"
    yield "|---|---|---|"
    for contender, row in modes["training"].iterrows():
        cells = [speed(table.loc[contender]) for table in modes.values()]
        yield f"| {row['name']} | {' | '.join(cells)} |"


def speed(row):
    """Return a measured speed as text: median, range, batch size, and memory if it was recorded."""
    low, median, high = (row[f"images/s {how}"] for how in ("min", "median", "max"))
    peak = row.get("peak MB")
    memory = "" if pd.isna(peak) else f", {peak / 1000:.1f} GB"
    return f"{median:.1f} ({low:.1f} to {high:.1f}), batch {row['batch']}{memory}"


def runs(name, size):
    """Return what the recorded seeds of a run reached: text for one line of the table.

    Args:
        name: of the run.
        size: of its images in pixels.
    """
    paths = sorted(RESULTS.glob(f"{name}-seed*.csv"))
    tables = [recorded(path.name) for path in paths]
    num_epochs, last = len(tables[0]), pd.DataFrame([table.iloc[-1] for table in tables])
    accuracy = spread(last["test acc"], ".4f")
    for column, views in (("with mirrors", "with mirror images"), ("of all views", "of 50 views")):
        if f"test acc {column}" in last:
            accuracy += f"; {views} {spread(last[f'test acc {column}'], '.4f')}"
    num_images = round((tables[0]["seconds"] * tables[0]["images/s"]).sum(), -2)
    minutes = spread([table["seconds"].sum() / 60 for table in tables], ".1f")
    seeds = f"{len(tables)} seeds" if len(tables) > 1 else "one seed"
    return (
        f"| ours, {KINDS[kind_of(paths[0])]}: {num_epochs} epochs at {size} x {size}, {seeds} | "
        f"{accuracy} | {num_images:,.0f} | {minutes} minutes |"
    )


def kind_of(path):
    """Return the kind of machine that recorded a run: the best instruction set of its CPU."""
    machine = path.read_text().splitlines()[2]
    return machine.split()[-1]


def spread(values, spec):
    """Return the smallest and the largest of some numbers as text, or the only one."""
    low, high = format(min(values), spec), format(max(values), spec)
    return low if low == high else f"{low} to {high}"


def race():
    """Return the lines of the table of accuracies and training times."""
    training = recorded(f"bench-training-{RACE_KIND}.csv").query(
        "contender == 'd2l' and batch == @T1_BATCH"
    )
    t1_hours = T1_EPOCHS * EPOCH / training["images/s median"].iloc[0] / 3600
    repeated = recorded("t1-seed0.csv")["test acc"].iloc[-1]
    yield "| recipe | test accuracy | images seen | training time |"
    yield "|---|---|---|---|"
    yield (
        f"| T1, {KINDS[RACE_KIND]}: {T1_EPOCHS} epochs at 224 x 224 | {T1_ACCURACY:.3f}, as T1 "
        f"printed it; {repeated:.4f}, repeated | {T1_EPOCHS * EPOCH:,} | {t1_hours:.1f} hours |"
    )
    yield runs("race", 67)
    yield runs("hour", 98)


def first_step():
    """Return in a sentence how long a process takes until all is imported, and to a gradient."""
    table = recorded("first-step.csv").set_index("program")
    d2l, ours = table.loc["d2l"], table.loc["ours"]
    return (
        f"`import d2l_helpers` takes {ours['import seconds']:.1f} s, "
        f"{ours['import ratio']:.2f} times as long as MXNet and d2l; the first gradient of "
        f"AlexNet, from 128 images of 224 x 224, is there {ours['first gradient seconds']:.1f} s "
        f"after a process starts, with d2l's code {d2l['first gradient seconds']:.1f} s after it "
        "(`python benchmarks/first_step.py`)."
    )


def tables():
    """Return all tables as Markdown."""
    lines = [line for kind in recorded_kinds() for line in (*speeds(kind), "")]
    return "\n".join([*lines, *race()])


if __name__ == "__main__":
    print(tables(), first_step(), sep="\n\n")
