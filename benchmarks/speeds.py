"""Tables of alexnet.py: from measured speeds to medians, ranges and ratios."""

import pandas as pd
from workers import CONTENDERS


def compare(speeds):
    """Return a DataFrame with a row per way to run: its speed, and ratios to the rivals' speeds.

    Of each contender and batch, the faster memory format is what the others are compared with.
    The rows compared at "best batch" set the best batch of a contender against the best of a
    rival; the others set equal batches against each other.

    Args:
        speeds: DataFrame of images per second, a row per round, with the columns
            (contender, batch, memory format).
    """
    medians = speeds.median()
    faster = medians.groupby(level=["contender", "batch"]).idxmax()
    best = medians.groupby(level="contender").idxmax()
    rivals = [name for name in best.index if CONTENDERS[name].is_rival]
    rows = []
    for way in speeds:
        name, batch, _ = way
        equals = {rival: faster[rival, batch] for rival in rivals}
        counts = faster[name, batch] == way
        rows.append(compared(speeds, way, equals) | {"compared at": "same batch", "counts": counts})
    for way in best:
        bests = {rival: best[rival] for rival in rivals}
        rows.append(compared(speeds, way, bests) | {"compared at": "best batch", "counts": True})
    order = ["compared at", "contender", "batch"]
    return pd.DataFrame(rows).sort_values(order, ascending=[False, True, True], kind="stable")


def compared(speeds, way, rivals):
    """Return a dict of the speed of one way to run, and its ratio to each rival in each round."""
    name, batch, memory_format = way
    row = {"contender": name, "batch": batch, "memory format": memory_format}
    row |= spread("images/s", speeds[way])
    for rival, its_way in rivals.items():
        row |= spread(f"ratio to {rival}", speeds[way] / speeds[its_way])
    return row


def spread(what, values):
    return {f"{what} {how}": getattr(values, how)() for how in ("min", "median", "max")}


def print_table(table, mode, size, rounds):
    """Print the rows that count, with `median (min to max)` of speeds and ratios."""
    shown = table[table["counts"]]
    text = shown[["compared at", "contender", "batch", "memory format"]].copy()
    for column in shown.columns[shown.columns.str.endswith(" median")]:
        what = column.removesuffix(" median")
        digits = 1 if what == "images/s" else 2
        text[what] = [
            f"{median:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"
            for low, median, high in shown[[f"{what} min", column, f"{what} max"]].to_numpy()
        ]
    print(f"\n{mode}, {size} x {size} pixels, rounds: {rounds}; median (min to max)")
    text["peak MB"] = shown["peak MB"].map("{:.0f}".format)
    for compared_at, rows in text.groupby("compared at", sort=False):
        columns = rows.drop(columns="compared at")
        if compared_at == "same batch":
            columns = columns.drop(columns="peak MB")
        print(f"\ncompared at the {compared_at}:\n{columns.to_string(index=False)}", flush=True)
