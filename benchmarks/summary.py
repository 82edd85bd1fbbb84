"""Print the README's performance tables from the files in results/.

python benchmarks/summary.py
"""

from d2l_helpers.results import ROOT, recorded

RESULTS = ROOT / "results"
T1_EPOCHS, T1_BATCH, T1_ACCURACY, EPOCH = 10, 128, 0.890, 60_000


def speeds():
    """Return the lines of the table of images a second, each contender at its best batch size."""
    modes = {mode: recorded(f"bench-{mode}.csv") for mode in ("training", "inference")}
    modes = {
        mode: table[table["compared at"] == "best batch"].set_index("contender")
        for mode, table in modes.items()
    }
    yield "| AlexNet at 224 x 224, images/s | training | inference |"
    yield "|---|---|---|"
    for contender, row in modes["training"].iterrows():
        cells = [speed(table.loc[contender]) for table in modes.values()]
        yield f"| {row['name']} | {' | '.join(cells)} |"


def speed(row):
    """Return a measured speed as text: median, range, and batch size."""
    low, median, high = (row[f"images/s {how}"] for how in ("min", "median", "max"))
    return f"{median:.1f} ({low:.1f} to {high:.1f}), batch {row['batch']}"


def runs(name):
    """Return what the recorded seeds of a run reached: text for one line of the table."""
    tables = [recorded(path.name) for path in sorted(RESULTS.glob(f"{name}-seed*.csv"))]
    num_epochs = len(tables[0])
    accuracies = spread([table["test acc"].iloc[-1] for table in tables], ".4f")
    minutes = spread([table["seconds"].sum() / 60 for table in tables], ".0f")
    seeds = f"{len(tables)} seeds" if len(tables) > 1 else "one seed"
    return (
        f"| ours: {num_epochs} epochs at 67 x 67, {seeds} | {accuracies} | "
        f"{EPOCH * num_epochs:,} | {minutes} minutes |"
    )


def spread(values, spec):
    """Return the smallest and the largest of some numbers as text, or the only one."""
    low, high = format(min(values), spec), format(max(values), spec)
    return low if low == high else f"{low} to {high}"


def race():
    """Return the lines of the table of accuracies and training times."""
    training = recorded("bench-training.csv").query("contender == 'd2l' and batch == @T1_BATCH")
    t1_hours = T1_EPOCHS * EPOCH / training["images/s median"].iloc[0] / 3600
    yield "| recipe | test accuracy | images seen | training time |"
    yield "|---|---|---|---|"
    yield (
        f"| T1: {T1_EPOCHS} epochs at 224 x 224 | {T1_ACCURACY:.3f}, as T1 printed it | "
        f"{T1_EPOCHS * EPOCH:,} | {t1_hours:.1f} hours |"
    )
    yield runs("race")
    yield runs("hour")


def tables():
    """Return both tables as Markdown."""
    return "\n".join([*speeds(), "", *race()])


if __name__ == "__main__":
    print(tables())
