"""A training on several hosts, which the test makes: network namespaces, with SSH between them."""

import os

import network

import pytest
from launching import ENDLESS, PATIENCE, TOLERANCE, WORKER, Launch, difference

reason = network.missing()
pytestmark = [pytest.mark.once, pytest.mark.skipif(reason is not None, reason=str(reason))]


@pytest.fixture
def hosts(tmp_path):
    folder = tmp_path / "network"
    folder.mkdir()
    with network.Network(2, folder) as made:
        yield made


def launched(hosts, *words):
    inside = hosts.inside(0)
    options = ("--workers", 2, "--hosts", hosts.hosts_file)
    return Launch(*options, *words, prefix=inside, PATH=hosts.path)


def test_two_hosts_give_the_weights_of_one_process(hosts, alone, tmp_path):
    with launched(hosts, WORKER, tmp_path) as started:
        code, out, err = started.wait()
    assert code == 0, err
    assert out.count("test acc") == 1
    assert difference(alone, tmp_path) < TOLERANCE


def test_a_cable_that_is_pulled_ends_the_training_with_a_message(hosts, tmp_path):
    words = (WORKER, tmp_path, *ENDLESS, "--patience", PATIENCE)
    with launched(hosts, *words) as started:
        started.wait_for((tmp_path / "checkpoint").exists)
        hosts.cut(1)
        code, out, err = started.wait()
    assert code == 1
    assert f"has waited {PATIENCE:.1f} seconds for the others, and gives up" in out + err
    assert "All others are ended." in err
    assert (tmp_path / "checkpoint").stat().st_size > 0


def test_a_host_that_does_not_answer(hosts, tmp_path):
    hosts.hosts_file.write_text(f"{hosts.addresses[0]}\n{network.PREFIX}.0.9\n")
    with launched(hosts, WORKER, tmp_path) as started:
        code, _, err = started.wait()
    assert code == 1 and "No route to host" in err


def test_the_machine_s_own_network_is_not_touched(hosts):
    assert not [name for name in os.listdir("/sys/class/net") if name.startswith("port")]
