import d2l_helpers as dh
from d2l_helpers.training import distributed

import numpy
import pandas as pd
import pytest
from launching import TOLERANCE, difference, in_one_process, run_worker
from mxnet import np, npx
from small import bar_images, small_net

LEARNED = ["train loss", "train acc", "test acc"]


def same_as_in_one_process(alone, folder, out, workers):
    """Assert that a run of workers has learned what one process learns from the joined batches."""
    assert out.count("test acc") == 1  # the first one speaks
    history = [pd.read_csv(each / "history.csv") for each in (alone, folder)]
    assert history[0]["test acc"].iloc[-1] > 0.9
    assert numpy.allclose(history[0][LEARNED], history[1][LEARNED], atol=1e-5)
    for rank in range(workers):
        assert difference(alone, folder, rank) < TOLERANCE
        assert difference(folder, folder, rank) == 0


def test_two_workers_are_to_the_last_bit_one_process_that_adds_two_halves(alone, tmp_path):
    halves, both = tmp_path / "halves", tmp_path / "both"
    halves.mkdir()
    in_one_process(halves, "--halves")
    code, out, err = run_worker(both, launch=["--threads", 1])
    assert (code, err) == (0, "")
    assert difference(halves, both) == 0
    same_as_in_one_process(alone, both, out, workers=2)


@pytest.mark.once
def test_three_workers_and_two_servers_learn_what_one_process_learns(alone, tmp_path):
    code, out, err = run_worker(tmp_path, workers=3, launch=["--servers", 2])
    assert (code, err) == (0, "")
    same_as_in_one_process(alone, tmp_path, out, workers=3)


def test_workers_draw_other_dropout_and_keep_the_same_weights(with_dropout):
    assert difference(with_dropout, with_dropout, rank=1) == 0


@pytest.mark.once
def test_workers_that_are_given_different_images_end_with_a_message(tmp_path):
    code, _, err = run_worker(tmp_path, "--unequal")
    assert code == 1
    assert "the workers differ in batches: " in err and "All must be given the same images" in err


@pytest.mark.once
def test_compressed_gradients_train(tmp_path):
    code, _, err = run_worker(tmp_path, "--threshold", 0.5, "--epochs", 4)
    assert (code, err) == (0, "")
    assert difference(tmp_path, tmp_path, rank=1) == 0
    assert pd.read_csv(tmp_path / "history.csv")["test acc"].iloc[-1] > 0.5


# What one process can be asked


class Three(distributed.SingleProcess):
    """The second of three workers, of whom nobody is there."""

    rank, num_workers = 1, 3


@pytest.mark.parametrize("num_images", [96, 95, 67])
def test_shares_are_disjoint_and_use_all_images(num_images):
    images, labels = bar_images(10)
    workers = [Three(), Three(), Three()]
    shares = []
    for rank, worker in enumerate(workers):
        worker.rank = rank
        loader = dh.BatchLoader(images[:num_images], labels[:num_images], 32, shuffle=True)
        shares.append(distributed.ShardedLoader(loader, worker))
    assert [len(share) for share in shares] == [len(loader)] * 3
    whole = dh.BatchLoader(images[:num_images], labels[:num_images], 32, shuffle=True)
    for parts, (X, y) in zip(zip(*shares), whole):
        assert np.concatenate([part[0] for part in parts]).tolist() == X.tolist()
        assert np.concatenate([part[1] for part in parts]).tolist() == y.tolist()
        sizes = [len(part[1]) for part in parts]
        assert max(sizes) - min(sizes) <= 1
        assert {worker.batch_size for worker in workers} == {len(X)}


def test_a_list_of_batches_is_shared_too():
    worker = Three()
    batches = [(np.zeros((6, 1, 4, 4)), np.arange(6))]
    ((_, y),) = distributed.ShardedLoader(batches, worker)
    assert y.tolist() == [2, 3]
    with pytest.raises(ValueError, match="3 workers cannot share a batch of 2 images"):
        list(distributed.ShardedLoader([(np.zeros((2, 1, 4, 4)), np.arange(2))], worker))


def test_no_worker_no_training(train_iter, test_iter, device, monkeypatch):
    monkeypatch.delenv("DMLC_ROLE", raising=False)
    with pytest.raises(RuntimeError, match="this process is no worker"):
        dh.train_ch6(small_net(), train_iter, test_iter, 1, 0.1, device, kvstore="dist_sync")
    with pytest.raises(ValueError, match="kvstore must be 'dist_sync'"):
        dh.train_ch6(small_net(), train_iter, test_iter, 1, 0.1, npx.cpu(), kvstore="device")
    with pytest.raises(ValueError, match="above 0"):
        dh.connect_workers(patience=0)


def test_alone_nothing_changes(train_iter):
    alone = distributed.worker_group(None)
    assert alone.shard(train_iter) is train_iter and alone.all_reduce((1, 2, 3)) == (1, 2, 3)
    assert (alone.rank, alone.num_workers) == (0, 1)
