"""Helpers that the lessons share; code written for `d2l.mxnet` runs with them too.

Names that d2l's readers know keep their arguments and meaning. What the course does not replace
is handed on from d2l.mxnet itself, except for what downloads data.

Import it before MXNet: it begins with `mxnet_today`, which lets MXNet run on today's machines and
makes it fast there, and it switches MXNet to its NumPy interface, as d2l does. The five tutorials
that the docstrings call T1 to T5 are named at the head of README.md.
"""

import mxnet_today  # before MXNet

from mxnet import npx

npx.set_np()

from d2l_helpers.checkpoints.checkpoint import CheckpointError, load_weights
from d2l_helpers.data.fashion_mnist import (
    CLASS_NAMES,
    DATA_DIR,
    fashion_mnist_arrays,
    get_fashion_mnist_labels,
    load_data_fashion_mnist,
    read_idx,
)
from d2l_helpers.data.image_folder import load_image_folder
from d2l_helpers.data.imagenet import imagenet_class_names, imagenet_preprocess
from d2l_helpers.data.loader import BatchLoader, bilinear_matrix, resize_images
from d2l_helpers.data.transforms import (
    PCAColour,
    central_crop,
    flip_and_shift,
    random_crop,
    random_flip,
    ten_crops,
)
from d2l_helpers.evaluation.accuracy import evaluate_accuracy_gpu
from d2l_helpers.evaluation.metrics import (
    class_accuracy,
    confident_mistakes,
    confusion_matrix,
    wilson_interval,
)
from d2l_helpers.evaluation.predictions import (
    predict,
    predict_details,
    predict_table,
    prediction_table,
)
from d2l_helpers.exercises.check import check, hint
from d2l_helpers.exercises.progress import progress
from d2l_helpers.exercises.variants import exercise
from d2l_helpers.export.safetensors import WeightsError, load_safetensors, save_safetensors
from d2l_helpers.export.torchvision import from_torchvision, to_torchvision
from d2l_helpers.figures.architecture import draw_architecture
from d2l_helpers.figures.plotting import (
    BLACK,
    BLUE,
    GREEN,
    ORANGE,
    PALETTE,
    PINK,
    SKY,
    VERMILION,
    YELLOW,
    Animator,
    plot,
    show_images,
    use_course_style,
)
from d2l_helpers.figures.show import figure
from d2l_helpers.inspection.layer_table import (
    conv_output_size,
    conv_settings,
    layer_table,
    why_input_fails,
)
from d2l_helpers.inspection.profiling import (
    peak_gflops,
    seconds,
    seconds_in_turns,
    time_layers,
    time_step,
)
from d2l_helpers.models.alexnet import alexnet, alexnet_2012, alexnet_one_tower, alexnet_reduced
from d2l_helpers.models.finetuning import new_head
from d2l_helpers.models.layers import LRN, tensorflow_lrn
from d2l_helpers.models.lenet import lenet, lenet_wide
from d2l_helpers.models.tutorials import alexnet_batchnorm, alexnet_padded, alexnet_t4
from d2l_helpers.notebook.outputs import expect_error, measured, verdict
from d2l_helpers.notebook.ranges import seen
from d2l_helpers.notebook.tables import separate_thousands
from d2l_helpers.notebook.tracebacks import fold_tracebacks
from d2l_helpers.training.diagnosis import TrainingDiverged
from d2l_helpers.training.distributed import connect_workers
from d2l_helpers.training.history import History
from d2l_helpers.training.loop import train_ch6
from d2l_helpers.training.precision import bfloat16, choose_dtype, round_to_bfloat16, to_bfloat16
from d2l_helpers.training.schedules import one_cycle, quick_recipe
from d2l_helpers.utils.devices import report, try_gpu
from d2l_helpers.utils.files import DataFileError

from d2l import mxnet as _d2l
from d2l.mxnet import Accumulator, Timer

# Earlier names.
alexnet_strided = alexnet_t4
refusal = why_input_fails
prepare_photograph = imagenet_preprocess

# What of d2l.mxnet fetches files over the network when it is called. The course works offline.
_DOWNLOADING = (
    "BananasDataset", "FashionMNIST", "MTFraEng", "TimeMachine", "TokenEmbedding", "download",
    "download_extract", "get_data_ch11", "load_data_bananas", "load_data_imdb", "load_data_nmt",
    "load_data_ptb", "load_data_snli", "load_data_voc", "load_data_wiki", "read_data_bananas",
    "read_data_ml100k", "read_data_nmt", "read_ptb", "split_and_load_ml100k",
)  # fmt: skip


def __getattr__(name):
    """Hand on what d2l.mxnet has and the course does not replace, such as `Residual` and `plt`."""
    if name in _DOWNLOADING:
        raise AttributeError(
            f"d2l_helpers does not hand on {name} of d2l.mxnet, which downloads its data. Write "
            f"`from d2l.mxnet import {name}`, or read your own files with dh.load_image_folder."
        )
    if name.startswith("_") or not hasattr(_d2l, name):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(_d2l, name)


def __dir__():
    """Return all names that can be used: Tab and the advice on misspelt names look here."""
    handed_on = (n for n in vars(_d2l) if not n.startswith("_") and n not in _DOWNLOADING)
    return sorted({*globals(), *handed_on})


use_course_style()
fold_tracebacks()
separate_thousands()

__version__ = "1.0.0"
