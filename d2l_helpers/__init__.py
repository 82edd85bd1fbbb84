"""Helpers that the lessons share; code written for `d2l.mxnet` runs with them too.

Import it before MXNet: it begins with `mxnet_today`, which has MXNet run on today's machines and
be fast there, and it switches MXNet to its NumPy interface, as d2l does. The five tutorials that
the docstrings call T1 to T5 are named at the head of README.md.
"""

import mxnet_today  # before MXNet

from mxnet import npx

npx.set_np()

from d2l_helpers.architecture import draw_architecture
from d2l_helpers.augmentation import (
    PCAColour,
    central_crop,
    flip_and_shift,
    random_crop,
    random_flip,
    ten_crops,
)
from d2l_helpers.checkpoints import CheckpointError, load_weights
from d2l_helpers.checks import check, hint
from d2l_helpers.data import (
    CLASS_NAMES,
    DATA_DIR,
    BatchLoader,
    DataFileError,
    bilinear_matrix,
    fashion_mnist_arrays,
    get_fashion_mnist_labels,
    load_data_fashion_mnist,
    read_idx,
    resize_images,
)
from d2l_helpers.devices import report, try_gpu
from d2l_helpers.display import expect_error, figure, measured, verdict
from d2l_helpers.distributed import connect_workers
from d2l_helpers.finetuning import new_head
from d2l_helpers.history import History
from d2l_helpers.image_folders import load_image_folder
from d2l_helpers.interop import (
    WeightsError,
    from_torchvision,
    load_safetensors,
    save_safetensors,
    to_torchvision,
)
from d2l_helpers.messages import fold_tracebacks
from d2l_helpers.models import (
    LRN,
    alexnet,
    alexnet_2012,
    alexnet_batchnorm,
    alexnet_one_tower,
    alexnet_reduced,
    alexnet_strided,
    lenet,
    lenet_wide,
)
from d2l_helpers.photographs import imagenet_class_names, prepare_photograph
from d2l_helpers.plotting import (
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
from d2l_helpers.precision import bfloat16, choose_dtype, round_to_bfloat16, to_bfloat16
from d2l_helpers.prediction import (
    class_accuracy,
    confident_mistakes,
    confusion_matrix,
    predict,
    predict_details,
    predict_table,
    prediction_table,
    wilson_interval,
)
from d2l_helpers.profiling import (
    peak_gflops,
    seconds,
    seconds_in_turns,
    time_layers,
    time_step,
)
from d2l_helpers.recipes import one_cycle, quick_recipe
from d2l_helpers.shapes import conv_output_size, conv_settings, layer_table, refusal
from d2l_helpers.tables import separate_thousands
from d2l_helpers.training import TrainingDiverged, evaluate_accuracy_gpu, train_ch6

from d2l.mxnet import Accumulator, Timer

use_course_style()
fold_tracebacks()
separate_thousands()

__version__ = "1.0.0"
