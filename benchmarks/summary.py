"""Print what README and pages of docs/ say of speed and accuracy, from the files in results/.

python benchmarks/summary.py [--write]

--write puts it into these pages, between their marks, and the seconds of the lessons into README's
table.
"""

import argparse
import re
from pathlib import Path

from d2l_helpers.utils.files import ROOT, atomic_write
from d2l_helpers.utils.results import recorded

import pandas as pd

RESULTS = ROOT / "results"
PAGES = ("README.md", "docs/speed.md", "docs/teaching/README.md")
BLOCK = re.compile(
    r"(?P<mark><!-- written by benchmarks/summary.py -->\n).*?(?P<end><!-- end -->)", re.DOTALL
)
LESSON_ROW = re.compile(r"^(\| \[(\d\d_\w+)\]\(.*\| )\d+ s \|$", re.MULTILINE)
T1_EPOCHS, T1_BATCH, T1_ACCURACY, EPOCH = 10, 128, 0.890, 60_000
RACE_KIND = "amx_tile"  # of the machine that ran the race
# What `make bench` names its files after: the best instruction set of a CPU, as people call it.
KINDS = {
    "avx2": "AVX2",
    "avx512f": "AVX-512",
    "avx512_bf16": "AVX-512 with bfloat16",
    "amx_tile": "AMX",
}
# What `make bench` compares, by the type of numbers: {name in the table: contender}
CONTENDERS = {
    "float32": {"T1's recipe as d2l runs it": "d2l", "the course": "ours", "PyTorch": "torch"},
    "bfloat16": {"the course": "ours-bf16", "PyTorch": "torch-bf16"},
}


def recorded_kinds():
    """Return the kinds of machine that `make bench` has recorded, slowest first."""
    return [kind for kind in KINDS if (RESULTS / f"bench-training-{kind}.csv").exists()]


def at_best_batches(mode, kind):
    """Return what `make bench` recorded of each contender at its best batch size."""
    table = recorded(f"bench-{mode}-{kind}.csv")
    return table[table["compared at"] == "best batch"].set_index("contender")


def speeds(kind):
    """Return the lines of the table of images per second, each contender at its best batch size."""
    modes = {mode: at_best_batches(mode, kind) for mode in ("training", "inference")}
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
    repeated = recorded("t1-seed0.csv").iloc[-1]
    yield "| recipe | test accuracy | images seen | training time |"
    yield "|---|---|---|---|"
    yield (
        f"| T1, {KINDS[RACE_KIND]}: {T1_EPOCHS} epochs at 224 x 224 | {T1_ACCURACY:.3f}, as T1 "
        f"printed it; {repeated['test acc']:.4f}, repeated in {repeated['dtype']} | "
        f"{T1_EPOCHS * EPOCH:,} | {t1_hours:.1f} hours, from the speed of d2l's code |"
    )
    yield runs("race", 67)
    yield runs("hour", 98)


def training_speeds():
    """Return the lines of the table of training speeds: all kinds of machine and of numbers."""
    names = list(CONTENDERS["float32"])
    yield f"| training at 224 x 224, images/s | {' | '.join(names)} |"
    yield "|---|---|---|---|"
    for kind in recorded_kinds():
        medians = at_best_batches("training", kind)["images/s median"]
        for dtype, contenders in CONTENDERS.items():
            if medians.index.isin(contenders.values()).any():
                cells = [contenders.get(name) for name in names]
                shown = [f"{medians[c]:.1f}" if c in medians.index else "" for c in cells]
                yield f"| {KINDS[kind]}, {dtype} | {' | '.join(shown)} |"


def first_step():
    """Return in a sentence how long a process takes until all is imported, and to a gradient."""
    table = recorded("first-step.csv").set_index("program")
    d2l, ours = table.loc["d2l"], table.loc["ours"]
    return (
        f"`import d2l_helpers` takes {ours['import seconds']:.1f} s, "
        f"{ours['import ratio']:.2f} times as long as importing MXNet and d2l. The first gradient "
        "of AlexNet, from 128 images of 224 x 224, is ready "
        f"{ours['first gradient seconds']:.1f} s after the process starts; with d2l's code it is "
        f"ready after {d2l['first gradient seconds']:.1f} s."
    )


def lesson_costs(root=ROOT):
    """Return {lesson: seconds} and what README says of them, or None if they are not recorded.

    Args:
        root: the folder in which results/ lies.
    """
    path = root / "results" / "lessons.csv"
    if not path.exists():
        return None
    table = recorded(path.name, root)
    largest = table.loc[table["peak MB"].idxmax()]
    sentence = (
        f"The last column was measured {when_and_where(path)}. Together the lessons took "
        f"{table['seconds'].sum() / 60:.1f} minutes. Lesson {largest['lesson'][:2]} took the most "
        f"memory, {largest['peak MB'] / 1000:.1f} GB."
    )
    return dict(zip(table["lesson"], table["seconds"].astype(int))), sentence


def when_and_where(path):
    """Return the day, the threads and the CPU of a recorded run as text."""
    _, versions, machine, *_ = path.read_text().splitlines()
    model, threads, _ = machine.removeprefix("# ").rsplit(", ", 2)
    return f"on {versions[2:12]}, with {threads} of an {model} ({KINDS[kind_of(path)]})"


def classroom(root=ROOT):
    """Return what many kernels at once need: a table as text, or None if it is not recorded.

    Args:
        root: the folder in which results/ lies.
    """
    path = root / "results" / "classroom.csv"
    if not path.exists():
        return None
    table = recorded(path.name, root)
    lines = [
        f"Lesson 00 in several kernels at once, run from top to bottom without a pause, "
        f"{when_and_where(path)}:",
        "",
        "| kernels | threads of each | until the first is done | until all are done "
        "| memory of all | memory per kernel |",
        "|---|---|---|---|---|---|",
    ]
    for _, row in table.iterrows():
        cells = [
            row["kernels"],
            row["threads"],
            *(f"{row[name]:.0f} s" for name in ("first seconds", "seconds")),
            f"{row['peak MB'] / 1000:.1f} GB",
            f"{row['MB per kernel']:.0f} MB",
        ]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def blocks(page, root=ROOT):
    """Return what a page says between its marks, in order; None for what is not recorded.

    Args:
        page: one of `PAGES`.
        root: the folder in which results/ lies.
    """
    if page == "README.md":
        costs = lesson_costs(root)
        return [costs and costs[1], "\n".join([*race(), "", *training_speeds()])]
    if page == "docs/teaching/README.md":
        return [classroom(root)]
    return [tables(), first_step()]


def updated(page, text, root=ROOT):
    """Return the text of a page with what the results say now.

    Args:
        page: its path, as for `blocks`.
        text: of the page.
        root: the folder in which results/ lies.
    """
    contents = iter(blocks(page, root))

    def with_content(match):
        content = next(contents)
        return match[0] if content is None else f"{match['mark']}{content}\n{match['end']}"

    seconds, _ = lesson_costs(root) or ({}, "")
    text = LESSON_ROW.sub(lambda row: f"{row[1]}{seconds[row[2]]} s |" if seconds else row[0], text)
    return BLOCK.sub(with_content, text)


def tables():
    """Return the tables of `make bench` as Markdown."""
    return "\n\n".join("\n".join(speeds(kind)) for kind in recorded_kinds())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="into the pages")
    write = parser.parse_args().write
    for page in PAGES:
        if write:
            text = updated(page, (ROOT / page).read_text())
            with atomic_write(ROOT / page) as partial:
                Path(partial).write_text(text)
        else:
            print(*(block for block in blocks(page) if block), sep="\n\n", end="\n\n")


if __name__ == "__main__":
    main()
