"""Print the README's performance tables from the files in results/.

python benchmarks/summary.py
"""

from results import ROOT

import pandas as pd

RESULTS = ROOT / "results"
T1_EPOCHS, T1_BATCH, EPOCH = 10, 128, 60_000


def recorded(name):
    """Return a recorded table."""
    return pd.read_csv(RESULTS / f"{name}.csv", comment="#")


def speeds():
    """Return the lines of the table of images a second, each contender at its best batch size."""
    modes = {mode: recorded(f"bench-{mode}") for mode in ("training", "inference")}
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


def race():
    """Return the lines of the table of the race to 0.890 test accuracy."""
    runs = [recorded(path.stem) for path in sorted(RESULTS.glob("race-seed*.csv"))]
    minutes = sorted(run["seconds"].sum() / 60 for run in runs)
    accuracies = sorted(run["test acc"].iloc[-1] for run in runs)
    training = recorded("bench-training").query("contender == 'a' and batch == @T1_BATCH")
    t1_hours = T1_EPOCHS * EPOCH / training["images/s median"].iloc[0] / 3600
    yield "| to 0.890 test accuracy | images seen | training time |"
    yield "|---|---|---|"
    yield f"| T1: {T1_EPOCHS} epochs at 224 x 224 | 600,000 | {t1_hours:.1f} hours |"
    yield (
        f"| ours: {len(runs[0])} epochs at 67 x 67, {len(runs)} seeds: "
        f"{accuracies[0]:.4f} to {accuracies[-1]:.4f} | {EPOCH * len(runs[0]):,} | "
        f"{minutes[0]:.0f} to {minutes[-1]:.0f} minutes |"
    )


def tables():
    """Return both tables as Markdown."""
    return "\n".join([*speeds(), "", *race()])


if __name__ == "__main__":
    print(tables())
