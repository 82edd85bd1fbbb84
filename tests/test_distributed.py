import d2l_helpers as dh
from d2l_helpers import distributed

import numpy
import pandas as pd
import pytest
from conftest import bar_images, small_net
from launching import TOLERANCE, difference, in_one_process, run_worker
from mxnet import np, npx

LEARNED = ["train loss", "train acc", "test acc"]


def test_two_workers_are_to_the_last_bit_one_process_that_adds_two_halves(tmp_path):
    halves, both = tmp_path / "halves", tmp_path / "both"
    halves.mkdir()
    in_one_process(halves, "--halves")
    assert run_worker(both, launch=["--threads", 1])[0] == 0
    assert difference(halves, both) == 0


@pytest.mark.parametrize("workers", [2, 3])
def test_workers_give_the_weights_of_one_process_with_the_joined_batch(alone, workers, tmp_path):
    code, out, err = run_worker(tmp_path, workers=workers)
    assert (code, err) == (0, "")
    assert out.count("test acc") == 1  # the first one speaks
    history = [pd.read_csv(folder / "history.csv") for folder in (alone, tmp_path)]
    assert history[0]["test acc"].iloc[-1] > 0.9
    assert numpy.allclose(history[0][LEARNED], history[1][LEARNED], atol=1e-5)
    for rank in range(workers):
        assert difference(alone, tmp_path, rank) < TOLERANCE
        assert difference(tmp_path, tmp_path, rank) == 0


def test_workers_draw_other_dropout_and_keep_the_same_weights(tmp_path):
    code, _, err = run_worker(tmp_path, "--dropout", 0.5)
    assert (code, err) == (0, "")
    assert difference(tmp_path, tmp_path, rank=1) == 0


def test_two_servers_share_the_weights(alone, tmp_path):
    assert run_worker(tmp_path, launch=["--servers", 2])[0] == 0
    assert difference(alone, tmp_path) < TOLERANCE


def test_workers_that_are_given_different_images_end_with_a_message(tmp_path):
    code, _, err = run_worker(tmp_path, "--unequal")
    assert code == 1
    assert "the workers differ in batches: " in err and "All must be given the same images" in err


def test_more_workers_than_images_in_a_batch(tmp_path):
    code, _, err = run_worker(tmp_path, "--batch", 399)
    assert code == 1 and "2 workers cannot share a batch of 1 images" in err


def test_compressed_gradients_train(alone, tmp_path):
    code, _, err = run_worker(tmp_path, "--threshold", 0.5, "--epochs", 4)
    assert (code, err) == (0, "")
    assert difference(tmp_path, tmp_path, rank=1) == 0
    assert pd.read_csv(tmp_path / "history.csv")["test acc"].iloc[-1] > 0.5


# What one process can be asked


class Three(distributed.Alone):
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
        shares.append(distributed.Share(loader, worker))
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
    ((_, y),) = distributed.Share(batches, worker)
    assert y.tolist() == [2, 3]
    with pytest.raises(ValueError, match="3 workers cannot share a batch of 2 images"):
        list(distributed.Share([(np.zeros((2, 1, 4, 4)), np.arange(2))], worker))


def test_no_worker_no_training(train_iter, test_iter, device, monkeypatch):
    monkeypatch.delenv("DMLC_ROLE", raising=False)
    with pytest.raises(RuntimeError, match="this process is no worker"):
        dh.train_ch6(small_net(), train_iter, test_iter, 1, 0.1, device, kvstore="dist_sync")
    with pytest.raises(ValueError, match="kvstore must be 'dist_sync'"):
        dh.train_ch6(small_net(), train_iter, test_iter, 1, 0.1, npx.cpu(), kvstore="device")
    with pytest.raises(ValueError, match="above 0"):
        dh.connect_workers(patience=0)


def test_alone_nothing_changes(train_iter):
    alone = distributed.team(None)
    assert alone.share(train_iter) is train_iter and alone.joined(train_iter) is train_iter
    assert alone.seed(7) == 7 and alone.rank == 0
