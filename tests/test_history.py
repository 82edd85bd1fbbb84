"""What a run counts, and how it is read back from a file that anybody may have written."""

import copy
import json
import math

import d2l_helpers as dh
from d2l_helpers.figures.plotting import TrainingCurves
from d2l_helpers.training.history import EpochMeter, History, progress_from_dict, progress_to_dict

import pytest

COLUMNS = ["epoch", "train loss", "train acc", "test acc", "seconds", "images/s"]
NUM_STEPS = 7


def progress():
    """Return what a checkpoint holds of a run that was cut off in its second epoch."""
    history, curves, meter = History(), TrainingCurves(3), EpochMeter()
    history.add(1, 2.0, 0.25, 0.5, 4.0, 600)
    curves.add(0.5, (2.5, 0.2, None))
    curves.add(1, (None, None, 0.5))
    meter.add((64.0, 8, 32), 0.25)
    meter.since_last_point()
    meter.add((32.0, 16, 32), 0.5)
    return json.loads(json.dumps(progress_to_dict(history, curves, meter)))


def test_a_history_becomes_a_table():
    history = dh.History()
    history.add(1, 2.0, 0.25, 0.5, 4.0, 600)
    history.add(2, 1.0, 0.75, 0.5, 3.0, 600)
    table = history.to_frame()
    assert list(table.columns) == COLUMNS
    assert table["images/s"].tolist() == [150, 200]
    assert len(history) == 2
    assert history[-1]["train loss"] == 1.0
    assert history.interrupted is False


def test_an_empty_history_has_the_columns_all_the_same():
    assert list(dh.History().to_frame().columns) == COLUMNS


def test_a_meter_gives_the_means_over_images_and_not_over_batches():
    meter = EpochMeter()
    meter.add((64.0, 8, 32), 0.25)
    meter.add((1.0, 1, 1), 0.5)
    assert (meter.steps, meter.seconds) == (2, 0.75)
    assert (meter.train_loss, meter.train_acc) == (65 / 33, 9 / 33)
    assert meter.summary(0.5) == (65 / 33, 9 / 33, 0.5, 0.75, 33)


def test_a_point_of_the_curves_is_the_mean_since_the_last_one():
    meter = EpochMeter()
    meter.add((64.0, 8, 32), 0.25)
    assert meter.since_last_point() == (2.0, 0.25)
    meter.add((32.0, 16, 32), 0.5)
    assert meter.since_last_point() == (1.0, 0.5)
    assert (meter.train_loss, meter.train_acc) == (1.5, 0.375)


def test_progress_is_read_back_as_it_was():
    history, (X, Y), meter = progress_from_dict(progress(), NUM_STEPS)
    assert history.rows == [dict(zip(COLUMNS, (1, 2.0, 0.25, 0.5, 4.0, 150.0)))]
    assert (X, Y) == ([[0.5], [0.5], [1]], [[2.5], [0.2], [0.5]])
    assert vars(meter) == {
        "steps": 2,
        "sums": [96.0, 24.0, 64.0],
        "seconds": 0.75,
        "drawn": [64.0, 8.0, 32.0],
    }


def test_progress_within_the_first_epoch_and_after_one_is_possible():
    first = progress() | {"rows": []}
    assert len(progress_from_dict(first, NUM_STEPS)[0]) == 0
    after = progress() | {"so far": vars(EpochMeter())}
    assert progress_from_dict(after, NUM_STEPS)[2].steps == 0


CHANGES = {
    "no rows": lambda p: p.pop("rows"),
    "rows are a number": lambda p: p.update(rows=1),
    "rows are text": lambda p: p.update(rows="epoch"),
    "a row is a list": lambda p: p.update(rows=[[1, 2, 3]]),
    "a row lacks its loss": lambda p: p["rows"][0].pop("train loss"),
    "a loss is text": lambda p: p["rows"][0].update({"train loss": "low"}),
    "a loss is NaN": lambda p: p["rows"][0].update({"train loss": math.nan}),
    "a row is true": lambda p: p["rows"][0].update({"test acc": True}),
    "epochs begin at 2": lambda p: p["rows"][0].update(epoch=2),
    "an epoch comes twice": lambda p: p["rows"].append(copy.copy(p["rows"][0])),
    "other keys so far": lambda p: p["so far"].update(step=2),
    "so far is a list": lambda p: p.update({"so far": [1, 2]}),
    "steps are a fraction": lambda p: p["so far"].update(steps=1.5),
    "steps are negative": lambda p: p["so far"].update(steps=-1),
    "more steps than there are": lambda p: p["so far"].update(steps=NUM_STEPS + 1),
    "steps without images": lambda p: p["so far"].update(sums=[1.0, 1.0, 0.0]),
    "images without steps": lambda p: p["so far"].update(steps=0),
    "more is drawn than done": lambda p: p["so far"].update(drawn=[1.0, 1.0, 99.0]),
    "two sums": lambda p: p["so far"].update(sums=[1.0, 2.0]),
    "infinite seconds": lambda p: p["so far"].update(seconds=math.inf),
    "a loss that no float holds": lambda p: p["rows"][0].update({"train loss": 10**400}),
    "an accuracy above 1": lambda p: p["rows"][0].update({"test acc": 1.01}),
    "an accuracy below 0": lambda p: p["rows"][0].update({"train acc": -0.01}),
    "an epoch took no time": lambda p: p["rows"][0].update(seconds=0.0),
    "a speed is negative": lambda p: p["rows"][0].update({"images/s": -1.0}),
    "nothing was done": lambda p: p.update({"rows": [], "so far": vars(EpochMeter())}),
    "curves are missing": lambda p: p.pop("curves"),
    "curves have three parts": lambda p: p["curves"].append([]),
    "a curve is longer": lambda p: p["curves"][0][0].append(1.0),
    "a point is text": lambda p: p["curves"][1][2].__setitem__(0, "high"),
    "a line too few": lambda p: [part.pop() for part in p["curves"]],
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_impossible_progress_is_refused(change):
    changed = progress()
    change(changed)
    with pytest.raises(ValueError, match=r"its (progress|epochs)"):
        progress_from_dict(changed, NUM_STEPS)


@pytest.mark.parametrize("saved", [None, 1, "text", [], {}])
def test_what_is_no_progress_is_refused(saved):
    with pytest.raises(ValueError, match="its progress cannot be read"):
        progress_from_dict(saved, NUM_STEPS)
