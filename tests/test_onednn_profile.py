"""The profile of a training step: what is counted in oneDNN's log, and how it is added up."""

import onednn_profile
import pandas as pd
import pytest

pytestmark = pytest.mark.once


def test_a_profile_counts_the_multiply_adds_of_a_logged_piece_of_work():
    conv2 = "mb64_ic96oc256_ih26oh26kh5sh1dh0ph2_iw26ow26kw5sw1dw0pw2"
    assert onednn_profile.multiply_adds("convolution", conv2) == 64 * 415_334_400
    assert onednn_profile.multiply_adds("inner_product", "mb64ic6400oc4096") == 64 * 26_214_400
    assert onednn_profile.multiply_adds("eltwise", "64x4096") == 0


def test_the_rest_of_a_step_is_what_onednn_did_not_log():
    work = pd.DataFrame(
        {
            "kind of work": ["convolution forward", "convolution forward"],
            "implementation": "jit",
            "ms": [10.0, 20.0],
            "GFLOP": [1.0, 2.0],
        }
    )
    kinds = onednn_profile.kinds_of_work(work, 35.0, 5.0, peak=200.0).set_index("kind of work")
    assert kinds["ms"].to_dict() == {
        "convolution forward": 30,
        "update of the weights": 5,
        "rest of the step": 5,
        "all multiply-adds at the peak": 15,
    }
    assert kinds["GFLOP/s"].iloc[0] == 100 and kinds["% of the step"].iloc[0] == 75
