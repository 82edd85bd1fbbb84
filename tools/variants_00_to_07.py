"""The tasks of lessons 00 to 07 that variants.py sets with other numbers, and their solutions.

The names of the answers are those of the exercise where it asks for the same. In `is_sensible`, n
are the numbers and a the answers.
"""

import math

import d2l_helpers as dh
from variant_task import digits, shares, task

import numpy

# Kernel, stride and padding of the layers in front of the dense ones.
TRUNK = {
    "conv1": (11, 4, 0),
    "pool1": (3, 2, 0),
    "conv2": (5, 1, 2),
    "pool2": (3, 2, 0),
    "conv3": (3, 1, 1),
    "conv4": (3, 1, 1),
    "conv5": (3, 1, 1),
    "pool3": (3, 2, 0),
}
ALEXNET = (
    "T1's AlexNet reads grey images of 224 x 224 pixels. Its convolutions have 96 kernels of "
    "11 x 11 (stride 4), 256 of 5 x 5 (padding 2), and 384, 384 and 256 of 3 x 3 (padding 1). "
    "Poolings of window 3 and stride 2 follow conv1, conv2 and conv5, then dense layers of 4,096, "
    "4,096 and 10 units. All divisions round down. "
)


def alexnet_costs(channels=(96, 256, 384, 384, 256), hidden=4096):
    """Return {layer: (parameters, multiply-adds)} of T1's AlexNet with other sizes of layers."""
    costs, inputs, width = {}, 1, 224
    outputs = iter(channels)
    for name, (kernel, stride, padding) in TRUNK.items():
        width = dh.conv_output_size(width, kernel, stride, padding)
        if name.startswith("conv"):
            num = next(outputs)
            weights = num * kernel**2 * inputs
            costs[name] = weights + num, weights * width**2
            inputs = num
    inputs *= width**2
    for name, units in {"dense1": hidden, "dense2": hidden, "dense3": 10}.items():
        costs[name] = units * (inputs + 1), units * inputs
        inputs = units
    return costs


def total(costs):
    """Return the parameters and the multiply-adds of all layers together."""
    return tuple(sum(column) for column in zip(*costs.values()))


# Lesson 00


@task(
    "00.1",
    "A net reads grey images. Its first convolution has {first_filters} filters of {kernel} x "
    "{kernel} pixels. Its second one reads the maps of the first, and has {second_filters} filters "
    "of {kernel} x {kernel}. Each filter has a bias. How many parameters does the first "
    "convolution have (`first`), and how many does the second have (`second`)?",
    original={"first_filters": 5, "second_filters": 50, "kernel": 5},
    draw=lambda rng: {
        "first_filters": rng.choice([4, 6, 8, 10, 12, 16, 24, 32]),
        "second_filters": rng.choice([20, 30, 40, 48, 60, 64, 80]),
        "kernel": rng.choice([3, 5, 7]),
    },
)
def weights_of_two_layers(first_filters, second_filters, kernel):
    first = first_filters * (kernel**2 + 1)
    return {"first": first, "second": second_filters * (kernel**2 * first_filters + 1)}


# Lesson 01


def draw_idx_file(rng):
    num_axes = rng.randint(1, 4)
    content = bytes([0, 0, 8, num_axes])
    for _ in range(num_axes):
        content += rng.randint(20, 60_000).to_bytes(4, "big")
    values = [rng.randint(0, 9 if num_axes == 1 else 255) for _ in range(12)]
    return {"content": (content + bytes(values)).hex(" ")}


@task(
    "01.1",
    "A file in the format of Fashion-MNIST begins with these bytes, in hexadecimal:\n\n"
    "{content}\n\n"
    "The magic number is the first four of them, the highest byte first. Its last byte is the "
    "number of axes, and after it each axis has its length, in four bytes. Then the values "
    "follow, one byte each. What is the magic number, as a plain number (`magic`)? How many bytes "
    "long is the header, magic number included (`header`)? And what are the first ten values, as a "
    "list (`first_ten`)?",
    original={"content": "00 00 08 01 00 00 ea 60 09 00 00 03 00 02 07 02 05 05"},
    draw=draw_idx_file,
)
def labels_by_hand(content):
    content = bytes.fromhex(content)
    header = 4 + 4 * content[3]
    return {
        "magic": int.from_bytes(content[:4], "big"),
        "header": header,
        "first_ten": list(content[header : header + 10]),
    }


@task(
    "01.2",
    "A data set has {images:,} images. A batch takes {batch} of them, and the last batch of an "
    "epoch takes what is left. How many batches are there in an epoch (`num_batches`), and how "
    "many images does the last one have (`last`)? And which batch sizes from {low} to {high} leave "
    "no partial batch (`without_rest`, a set)?",
    original={"images": 60_000, "batch": 256, "low": 100, "high": 150},
    draw=lambda rng: {
        "images": rng.randrange(9_000, 72_001, 1_200),
        "batch": rng.choice([48, 64, 96, 112, 128, 144, 192, 256, 512]),
        "low": (low := rng.choice([40, 60, 80, 110, 140])),
        "high": low + rng.choice([30, 40, 50]),
    },
    is_sensible=lambda n, a: a["last"] < n["batch"] and 2 <= len(a["without_rest"]) <= 8,
)
def batches_without_a_rest(images, batch, low, high):
    num_batches = -(-images // batch)
    return {
        "num_batches": num_batches,
        "last": images - batch * (num_batches - 1),
        "without_rest": {size for size in range(low, high + 1) if images % size == 0},
    }


@task(
    "01.6",
    "`dh.flip_and_shift` flips an image from left to right or leaves it, and shifts it by 0 to "
    "{shift} whole pixels in either direction along both axes. How many different pictures can it "
    "make of one image (`before`)? Suppose that it works after resizing has made images "
    "{factor} times as high and as wide. The same shift is then up to {factor} times as many "
    "pixels, and any whole number of them may be drawn. How many pictures are there now "
    "(`after`)?",
    original={"shift": 2, "factor": 8},
    draw=lambda rng: {"shift": rng.randint(1, 6), "factor": rng.randint(2, 10)},
)
def shifts_after_resizing(shift, factor):
    return {"before": 2 * (2 * shift + 1) ** 2, "after": 2 * (2 * shift * factor + 1) ** 2}


# Lesson 03


@task(
    "03.1",
    "A convolution reads {inputs} maps of {size} x {size} and makes {outputs} of the same size, "
    "with kernels of {kernel} x {kernel} and a bias for each map that it makes. How many "
    "parameters does it have (`parameters`), and how many multiply-adds does it take for one image "
    "(`multiply_adds`)? Biases do not count as multiply-adds.",
    original={"inputs": 256, "outputs": 384, "kernel": 3, "size": 12},
    draw=lambda rng: {
        "inputs": rng.choice([16, 32, 48, 64, 96, 128, 192]),
        "outputs": rng.choice([24, 32, 64, 96, 128, 256, 384]),
        "kernel": rng.choice([3, 5, 7]),
        "size": rng.randint(6, 32),
    },
)
def cost_of_a_convolution(inputs, outputs, kernel, size):
    weights = outputs * kernel**2 * inputs
    return {"parameters": weights + outputs, "multiply_adds": weights * size**2}


@task(
    "03.2",
    "The first convolution of a net has {filters} kernels of {kernel} x {kernel}, stride 4 and no "
    "padding, and a bias for each kernel. It reads grey images of {size} x {size} pixels. A "
    "pooling of window 3 and stride 2 follows, without padding. Divisions round down. How many "
    "parameters does the convolution have (`parameters`), how wide is its map (`conv1_width`), and "
    "how wide is the map after the pooling (`pool1_width`)?",
    original={"filters": 96, "kernel": 7, "size": 224},
    draw=lambda rng: {
        "filters": rng.choice([24, 32, 48, 64, 80, 96, 128]),
        "kernel": rng.choice([5, 7, 9, 11, 13]),
        "size": rng.randint(120, 320),
    },
    is_sensible=lambda n, a: (n["size"] - n["kernel"]) % 4 and a["conv1_width"] % 2 == 0,
)
def another_first_kernel(filters, kernel, size):
    conv1_width = dh.conv_output_size(size, kernel, stride=4)
    return {
        "parameters": filters * (kernel**2 + 1),
        "conv1_width": conv1_width,
        "pool1_width": dh.conv_output_size(conv1_width, 3, stride=2),
    }


@task(
    "03.3",
    ALEXNET + "It has 46,764,746 parameters. Change both hidden dense layers from 4,096 to "
    "{hidden:,} units. How many parameters does the net have now (`parameters`, the whole "
    "number), and what share of its multiply-adds is left (`share_of_work`, from 0 to 1, to three "
    "digits)? "
    "Biases count as parameters, not as multiply-adds.",
    original={"hidden": 2048},
    draw=lambda rng: {"hidden": rng.randrange(100, 3_600, 50)},
    specs=shares("share_of_work"),
)
def fewer_dense_units(hidden):
    parameters, work = total(alexnet_costs(hidden=hidden))
    return {"parameters": parameters, "share_of_work": work / total(alexnet_costs())[1]}


@task(
    "03.4",
    ALEXNET + "Make it thinner: the convolutions get {channels[0]}, {channels[1]}, {channels[2]}, "
    "{channels[3]} and {channels[4]} kernels. By what factor above 1 do the multiply-adds of "
    "conv1 fall (`conv1`), and by what factor those of conv2 (`conv2`)? What share of all "
    "46,764,746 parameters is left (`share`)? Give each to three digits.",
    original={"channels": [48, 128, 192, 192, 128]},
    draw=lambda rng: {
        "channels": [
            rng.choice([24, 32, 40, 64, 72]),
            rng.choice([64, 96, 128, 160, 192]),
            (middle := rng.choice([96, 128, 192, 256, 288])),
            middle,
            rng.choice([64, 96, 128, 160, 192]),
        ]
    },
    specs=digits("conv1", "conv2") | shares("share"),
)
def fewer_channels(channels):
    thin, wide = alexnet_costs(channels=channels), alexnet_costs()
    return {
        "conv1": wide["conv1"][1] / thin["conv1"][1],
        "conv2": wide["conv2"][1] / thin["conv2"][1],
        "share": total(thin)[0] / total(wide)[0],
    }


@task(
    "03.6",
    "The maps of a net have {values:,} values for one image, input included, and a value takes "
    "{num_bytes} bytes. What is the smallest batch size at which the maps need "
    "{gigabytes} GB ({gigabytes} x 10^9 bytes) or more (`batch_size`)?",
    original={"values": 775_178, "num_bytes": 4, "gigabytes": 1},
    draw=lambda rng: {
        "values": rng.randint(150_000, 9_000_000),
        "num_bytes": rng.choice([2, 4]),
        "gigabytes": rng.choice([1, 2, 4, 6, 8]),
    },
    is_sensible=lambda n, a: (
        20 < a["batch_size"] < 5_000 and n["gigabytes"] * 10**9 % (n["values"] * n["num_bytes"])
    ),
)
def gigabytes_of_maps(values, num_bytes, gigabytes):
    return {"batch_size": -(-gigabytes * 10**9 // (values * num_bytes))}


# Lesson 04


@task(
    "04.1",
    "In a sigmoid net of {layers} layers the mean gradient of the first layer is {gradient}. On "
    "the way back, a layer multiplies the gradient by 0.25 at most. How large will the first "
    "layer's gradient be with {deeper} layers, if each layer multiplies by exactly 0.25 "
    "(`predicted`, to two digits)?",
    original={"layers": 10, "gradient": 5e-9, "deeper": 20},
    draw=lambda rng: {
        "layers": (layers := rng.randint(3, 12)),
        "gradient": float(f"{rng.randint(2, 9)}e-{rng.randint(4, 9)}"),
        "deeper": layers + rng.randint(4, 15),
    },
    specs=digits("predicted", num=2),
)
def a_deeper_sigmoid_net(layers, gradient, deeper):
    return {"predicted": gradient * 0.25 ** (deeper - layers)}


@task(
    "04.2",
    "A net has ReLU layers of {units[0]:,} units, each of which reads {units[0]:,} numbers. Which "
    "standard deviation of `init.Normal` keeps the signal from growing or fading (`first`)? And "
    "which one in layers of {units[1]:,} units that read {units[1]:,} numbers (`second`)? Give "
    "both to three digits.",
    original={"units": [100, 4096]},
    draw=lambda rng: {"units": [rng.randrange(20, 400, 10), rng.randrange(500, 6_000, 100)]},
    specs=digits("first", "second"),
)
def a_normal_distribution_for_relu(units):
    first, second = (math.sqrt(2 / num) for num in units)
    return {"first": first, "second": second}


@task(
    "04.3",
    "A signal passes through `nn.LeakyReLU({slope})` {layers} times, one after the other, and is "
    "below zero each time. How many times smaller is the gradient that comes back than if the "
    "signal were above zero each time (`ratio`, to three digits)?",
    original={"layers": 1, "slope": 0.1},
    draw=lambda rng: {
        "layers": rng.randint(1, 5),
        "slope": rng.choice([0.01, 0.02, 0.03, 0.05, 0.15, 0.2, 0.25, 0.3]),
    },
    specs=digits("ratio"),
)
def leaky_units(layers, slope):
    return {"ratio": (1 / slope) ** layers}


# Lesson 05


@task(
    "05.1",
    "A row of {n} pixels, a kernel of {kernel}, padding {padding} on each side. How many outputs "
    "are there with strides of {strides[0]}, {strides[1]} and {strides[2]}? Divisions round down. "
    "`sizes` is a list of three whole numbers.",
    original={"n": 32, "kernel": 5, "padding": 2, "strides": [1, 2, 3]},
    draw=lambda rng: {
        "n": rng.randint(20, 100),
        "kernel": (kernel := rng.choice([3, 5, 7, 9, 11])),
        "padding": rng.randint(0, kernel // 2),
        "strides": sorted(rng.sample(range(1, 7), 3)),
    },
    is_sensible=lambda n, a: any(
        (n["n"] + 2 * n["padding"] - n["kernel"]) % stride for stride in n["strides"]
    ),
)
def three_strides(n, kernel, padding, strides):
    return {"sizes": [dh.conv_output_size(n, kernel, stride, padding) for stride in strides]}


def pooling_widths(size, rounds_up):
    """Return the widths of the maps of AlexNet's trunk, with poolings that may round up."""
    widths = []
    for name, (kernel, stride, padding) in TRUNK.items():
        up = stride - 1 if rounds_up and name.startswith("pool") else 0
        size = (size + 2 * padding - kernel + up) // stride + 1
        widths.append(size)
    return widths


@task(
    "05.2",
    "The trunk of a net has conv1 (kernel 11, stride 4, no padding), conv2 (kernel 5, padding 2), "
    "and conv3, conv4, conv5 (kernel 3, padding 1), all but conv1 with stride 1. Behind conv1, "
    "conv2 and conv5 there is a pooling, window 3, stride 2, no padding. As in Caffe, poolings "
    "round up and convolutions round down. The image has {size} x {size} pixels. How wide are the "
    "maps after conv1, pool1, conv2, pool2, conv3, conv4, conv5, pool3 (`widths`, a list of "
    "eight)? And how many values reach the first dense layer, if conv5 has {channels} channels "
    "(`values`)?",
    original={"size": 224, "channels": 256},
    draw=lambda rng: {"size": rng.randint(160, 400), "channels": rng.choice([128, 192, 256, 320])},
    # Rounding counts in conv1 and in the poolings.
    is_sensible=lambda n, a: (
        (n["size"] - 11) % 4 and a["widths"][-1] != pooling_widths(n["size"], rounds_up=False)[-1]
    ),
)
def rounding_up_as_caffe_does(size, channels):
    widths = pooling_widths(size, rounds_up=True)
    return {"widths": widths, "values": channels * widths[-1] ** 2}


@task(
    "05.3",
    "No layer of this trunk has padding: conv1 (kernel {first_kernel}, stride {stride}), pool1 "
    "(window 3, stride 2), conv2 (kernel {second_kernel}, stride 1), pool2 (3 / 2), conv3, conv4 "
    "and conv5 (kernel 3, stride 1), pool3 (3 / 2). Divisions round down. How wide is the last map "
    "for an image of {size} x {size} pixels (`last`)? And what is the width of the smallest image "
    "that the net takes (`smallest`)?",
    original={"first_kernel": 11, "stride": 4, "second_kernel": 5, "size": 224},
    draw=lambda rng: {
        "first_kernel": rng.choice([5, 7, 9, 11, 13]),
        "stride": rng.choice([2, 3, 4]),
        "second_kernel": rng.choice([3, 5, 7]),
        "size": rng.randrange(240, 480),
    },
    is_sensible=lambda n, a: a["last"] > 1,
)
def without_padding(first_kernel, stride, second_kernel, size):
    steps = [(first_kernel, stride), (3, 2), (second_kernel, 1), (3, 2), *[(3, 1)] * 3, (3, 2)]
    last, smallest = size, 1
    for kernel, step in steps:
        last = (last - kernel) // step + 1
    for kernel, step in reversed(steps):
        smallest = (smallest - 1) * step + kernel
    return {"last": last, "smallest": smallest}


@task(
    "05.4",
    "All convolutions of a net have stride {stride}, with padding that makes the output "
    "ceil(n / {stride}) wide. Its poolings have window 3 and stride 2, no padding, and round down; "
    "they stand behind conv1 and conv2. The image is {size} pixels wide. How wide are the maps of "
    "conv1, pool1, conv2, pool2, conv3, conv4, conv5 (`widths`, a list of seven)? And which is the "
    'first layer whose map is one pixel wide (`first_of_one`, a name such as "conv1")?',
    original={"size": 224, "stride": 4},
    draw=lambda rng: {"size": rng.randint(150, 500), "stride": rng.choice([3, 4, 5])},
    is_sensible=lambda n, a: a["first_of_one"] in ("conv3", "conv4", "conv5"),
)
def a_stride_copied_four_times(size, stride):
    names = ["conv1", "pool1", "conv2", "pool2", "conv3", "conv4", "conv5"]
    widths = []
    for name in names:
        pools = name.startswith("pool")
        size = dh.conv_output_size(size, 3, 2) if pools else -(-size // stride)
        widths.append(size)
    return {"widths": widths, "first_of_one": names[widths.index(1)] if 1 in widths else ""}


@task(
    "05.5",
    "The unit (0, 0) of a layer has a receptive field of {field} x {field} pixels. The field "
    "begins at row {start} and column {start} of an image of {size} x {size}: rows and columns "
    "count from 0, and what lies before them is padding. What is the last row of the image that "
    "the unit sees (`last_row`)? "
    "And how many of the {field} x {field} places are padding (`padding`)?",
    original={"field": 163, "start": -64, "size": 224},
    draw=lambda rng: {
        "field": (field := rng.randrange(31, 260, 4)),
        "start": -rng.randint(8, field // 2),
        "size": rng.choice([96, 128, 224, 256]),
    },
    is_sensible=lambda n, a: a["last_row"] < n["size"],
)
def a_unit_in_the_corner(field, start, size):
    last_row = start + field - 1
    return {"last_row": last_row, "padding": field**2 - (last_row + 1) ** 2}


# Lesson 06


@task(
    "06.1",
    "The examples of a batch have the gradients {gradients} for a weight of {weight}. The learning "
    "rate is {rate}, without momentum. What is the weight after `trainer.step(n)`, where n is the "
    "number of examples (`divided`)? And what would it be after `trainer.step(1)` (`undivided`)? "
    "Give both to four digits.",
    original={"gradients": [0.6, 1.0], "weight": 0.5, "rate": 0.1},
    draw=lambda rng: {
        "gradients": [rng.randint(-12, 20) / 10 for _ in range(rng.randint(2, 5))],
        "weight": rng.randint(2, 15) / 10,
        "rate": rng.choice([0.01, 0.02, 0.05, 0.1, 0.2]),
    },
    is_sensible=lambda n, a: (
        abs(sum(n["gradients"])) >= 1
        and 0 not in n["gradients"]
        and min(abs(a["divided"]), abs(a["undivided"])) > 0.05
    ),
    specs=digits("divided", "undivided", num=4),
)
def a_step_by_hand(gradients, weight, rate):
    moved = rate * sum(gradients)
    return {"divided": weight - moved / len(gradients), "undivided": weight - moved}


# Accuracies that tell all gains and patiences apart. No step is as large as a gain that is drawn.
VALIDATION = [
    [0.3, 0.5, 0.6, 0.59, 0.6, 0.7],
    [0.5, 0.4, 0.45, 0.6],
    [0.1, 0.2, 0.3],
    [0.271, 0.277, 0.292, 0.307, 0.317, 0.319, 0.299, 0.309, 0.31, 0.3, 0.36, 0.4],
    [0.219, 0.225, 0.24, 0.241, 0.221, 0.201, 0.191, 0.193, 0.196, 0.194, 0.174],
    [0.31, 0.37, 0.36, 0.361, 0.351, 0.357, 0.417, 0.457, 0.447, 0.45],
    [0.264, 0.254, 0.314, 0.317, 0.332, 0.362, 0.402, 0.408, 0.414, 0.454, 0.455, 0.485, 0.525],
    [0.296, 0.336, 0.351, 0.366, 0.376, 0.382, 0.388, 0.368, 0.398, 0.378, 0.38, 0.41],
    [0.293, 0.299, 0.301, 0.302, 0.342, 0.348, 0.349, 0.364, 0.344, 0.334, 0.332, 0.338],
]


@task(
    "06.6",
    "Write a function `last_epoch(accuracies)` that is given the validation accuracies of the "
    "epochs so far. An epoch is good if its accuracy is more than {gain} above the best so far; "
    "its accuracy is the best from then on. The best is 0 at first, and changes in no other way. "
    "The training stops when {patience} epochs in a row have not been good. Return the "
    "number of the epoch, counted from 1, after which it stops. If it does not stop, return the "
    "number of epochs.",
    original={"gain": 0, "patience": 2},
    draw=lambda rng: {
        "gain": rng.choice([0, 0.0015, 0.0045, 0.0125, 0.0255, 0.0455]),
        "patience": rng.randint(2, 5),
    },
    specs={"last_epoch": {"cases": [[accuracies] for accuracies in VALIDATION]}},
)
def when_to_stop(gain, patience):
    def last_epoch(accuracies):
        best, waited = 0.0, 0
        for epoch, accuracy in enumerate(accuracies, start=1):
            best, waited = (accuracy, 0) if accuracy > best + gain else (best, waited + 1)
            if waited == patience:
                return epoch
        return len(accuracies)

    return {"last_epoch": last_epoch}


# Lesson 07


def gap_between(first, second):
    """Return how far two intervals (low, high) lie apart; below 0 if they overlap."""
    return max(first[0], second[0]) - min(first[1], second[1])


@task(
    "07.1",
    "A net has {right[0]:,} of {images[0]:,} test images right, and {right[1]:,} of {images[1]:,} "
    "validation images. Give the interval of each accuracy (`dh.wilson_interval`) as a pair "
    "(low, high) to three decimals (`first`, `second`). Do they overlap (`overlap`, True or "
    "False)?",
    original={"right": [9796, 1984], "images": [10_000, 2_000]},
    draw=lambda rng: {
        "right": [
            round((images := rng.choice([1_000, 5_000, 10_000])) * rng.uniform(0.8, 0.97)),
            round((others := rng.choice([500, 1_000, 2_000])) * rng.uniform(0.8, 0.97)),
        ],
        "images": [images, others],
    },
    # Near each other, and not so near that rounding decides.
    is_sensible=lambda n, a: 0.002 < abs(gap_between(a["first"], a["second"])) < 0.03,
    specs={name: {"decimals": 3, "share": True} for name in ("first", "second")},
)
def two_intervals(right, images):
    first, second = (list(dh.wilson_interval(*pair)) for pair in zip(right, images))
    return {"first": first, "second": second, "overlap": gap_between(first, second) <= 0}


@task(
    "07.2",
    "{right} of {images} answers are right. How wide is the interval (`dh.wilson_interval`), "
    "counted in answers: {images} times the difference of its ends (`width`, to three digits)?",
    original={"right": 8, "images": 10},
    draw=lambda rng: {
        "images": (images := rng.choice([10, 12, 15, 20, 25, 30, 40, 50])),
        "right": rng.randint(images // 2, images),
    },
    specs=digits("width"),
)
def width_in_answers(right, images):
    low, high = dh.wilson_interval(right, images)
    return {"width": images * (high - low)}


@task(
    "07.3",
    "Two nets answer for the same 10,000 images. They agree on all but {total}: on {first_only} "
    "only the first is right, on {second_only} only the second. What share of these {total} does "
    "the second win (`share`), and between which bounds does the true share lie, by "
    "`dh.wilson_interval` (`low`, `high`)? Give all three to three digits. Does that leave room "
    "for one half (`half_is_possible`, True or False)?",
    original={"total": 250, "first_only": 100, "second_only": 150},
    draw=lambda rng: {
        "first_only": (first := rng.randint(40, 220)),
        "second_only": (second := rng.randint(40, 220)),
        "total": first + second,
    },
    # The bounds are not so near to one half that rounding decides, and neither net wins easily.
    is_sensible=lambda n, a: 0.01 < min(abs(a["low"] - 0.5), abs(a["high"] - 0.5)) < 0.05,
    specs=shares("share", "low", "high"),
)
def two_nets_on_the_same_images(total, first_only, second_only):
    low, high = dh.wilson_interval(second_only, total)
    return {
        "share": second_only / total,
        "low": low,
        "high": high,
        "half_is_possible": low <= 0.5 <= high,
    }


def draw_confusion(rng):
    """Return the confusion matrix of four classes that are mostly right, as lists."""
    rows = [[rng.randint(0, 20) for _ in range(4)] for _ in range(4)]
    for i, row in enumerate(rows):
        row[i] = rng.randint(40, 120)
    return rows


CONFUSION = (
    "A confusion matrix has one row for each true class and one column for each predicted class, "
    "both from 0 to 3:\n\n{rows[0]}\n{rows[1]}\n{rows[2]}\n{rows[3]}\n\n"
)


@task(
    "07.4",
    CONFUSION + "What is the accuracy (`before`)? And what is it if classes {joined[0]} and "
    "{joined[1]} count as one (`joined`)? Give both to three digits.",
    original={
        "rows": [[8, 1, 1, 0], [3, 6, 1, 0], [0, 2, 8, 0], [0, 0, 0, 10]],
        "joined": [0, 1],
    },
    draw=lambda rng: {"rows": draw_confusion(rng), "joined": sorted(rng.sample(range(4), 2))},
    is_sensible=lambda n, a: a["joined"] > a["before"] + 0.02,
    specs=shares("before", "joined"),
)
def two_classes_in_one(rows, joined):
    rows = numpy.array(rows)
    a, b = joined
    right = numpy.trace(rows)
    with_joined = right + rows[a, b] + rows[b, a]
    return {"before": float(right / rows.sum()), "joined": float(with_joined / rows.sum())}


@task(
    "07.6",
    CONFUSION + "What share of each true class is right? `by_class` is an array or a list of four "
    "numbers, to three digits each.",
    original={
        "rows": [[90, 0, 10, 0], [0, 95, 5, 0], [0, 99, 1, 0], [4, 0, 8, 88]],
    },
    draw=lambda rng: {"rows": draw_confusion(rng)},
    specs=shares("by_class"),
)
def share_of_each_class(rows):
    rows = numpy.array(rows)
    return {"by_class": (numpy.diag(rows) / rows.sum(axis=1)).tolist()}
