"""The tasks of lessons 08 to 13 and the clinic that variants.py sets with other numbers.

As in variants_00_to_07.py each function is the solution of the task above it.
"""

import math
import struct

import d2l_helpers as dh
from variant_task import digits, shares, task

import numpy

# Lesson 08


@task(
    "08.1",
    "The net of the 2012 paper has 60,965,224 parameters for 1,000 classes. Its last hidden layer "
    "has 4,096 units, and each output has a weight for each of them and a bias. How many "
    "parameters does the net have for {classes} classes (`parameters`)? Which layer is the only "
    'one that changes (`layer`, a name such as "conv1")?',
    original={"classes": 10},
    draw=lambda rng: {"classes": rng.randint(2, 900)},
)
def other_classes(classes):
    return {"parameters": 60_965_224 - (1000 - classes) * (4096 + 1), "layer": "dense3"}


@task(
    "08.2",
    "LRN divides each value by (2 + alpha / 5 * s) ** 0.75, where s is the sum of the squares of "
    "five neighbours. With alpha = {alpha} it was made for pixels from 0 to {high}. Which alpha "
    "makes it do the same for pixels from 0 to {low} (`alpha`, to three digits)?",
    original={"alpha": 1e-4, "high": 255, "low": 1},
    draw=lambda rng: {
        "alpha": rng.choice([0.0001, 0.0002, 0.0005]),
        "high": rng.choice([255, 100, 127, 510]),
        "low": rng.choice([0.5, 1, 2, 4, 10, 16]),
    },
    specs=digits("alpha"),
)
def another_scale_of_pixels(alpha, high, low):
    return {"alpha": alpha * (high / low) ** 2}


@task(
    "08.3",
    "A convolution makes {outputs} maps of {size} x {size} from {inputs} maps, with kernels of "
    "{kernel} x {kernel} and with biases. It is changed from one group to {groups} groups. How "
    "many parameters does that save (`parameters`), and how many multiply-adds for one image "
    "(`multiply_adds`)?",
    original={"inputs": 256, "outputs": 384, "kernel": 3, "size": 13, "groups": 2},
    draw=lambda rng: {
        "inputs": rng.choice([48, 64, 96, 128, 192, 256]),
        "outputs": rng.choice([64, 96, 128, 192, 256, 384]),
        "kernel": rng.choice([3, 5, 7]),
        "size": rng.randint(7, 30),
        "groups": rng.choice([2, 4, 8]),
    },
)
def what_groups_save(inputs, outputs, kernel, size, groups):
    weights = outputs * kernel**2 * inputs
    saved = weights - weights // groups
    return {"parameters": saved, "multiply_adds": saved * size**2}


@task(
    "08.5",
    "Seven channels have the value {value} at one pixel. LRN divides each by "
    "(k + alpha / 5 * s) ** {beta}, where s is the sum of the squares of the channel and of its "
    "two neighbours on each side, as far as they exist. Here k = {k} and alpha = {alpha}. What "
    "does LRN make of the channel in the middle (`middle`), and of the first one (`first`)? Give "
    "both to three digits.",
    original={"value": 100, "k": 2, "alpha": 1e-4, "beta": 0.75},
    draw=lambda rng: {
        "value": rng.randrange(40, 400, 20),
        "k": rng.choice([1, 2, 3]),
        "alpha": rng.choice([0.0001, 0.0002, 0.0005]),
        "beta": rng.choice([0.5, 0.75]),
    },
    # The sum counts, so that a forgotten neighbour shows.
    is_sensible=lambda n, a: a["first"] > 1.05 * a["middle"],
    specs=digits("middle", "first"),
)
def lrn_by_hand(value, k, alpha, beta):
    middle, first = (value / (k + alpha / 5 * num * value**2) ** beta for num in (5, 3))
    return {"middle": middle, "first": first}


CHANNELS = [
    [200.0, 200.0, 200.0, 200.0, 200.0, 200.0],
    [10.0, -300.0, 20.0, 500.0],
    [0.0, 0.0, 0.0, 0.0, 900.0, 0.0, 0.0, 0.0],
    [700.0],
    [300.0, -400.0],
    [800.0, 0.0, 0.0, 0.0, 0.0, 0.0, 700.0, 0.0, 0.0],
    [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0, 110.0, 120.0],
]


@task(
    "08.6",
    "This function is meant to divide each of some channels by (k + alpha / n * s) ** 0.75, where "
    "s is the sum of the squares of the channel and of its {reach} neighbours on each side, as far "
    "as they exist. Here k = {k}, alpha = {alpha}, and n = {window}, also at the ends. Its first "
    "{reach} channels are wrong. Write it as it should be, under the name `lrn`.\n\n"
    "def lrn(a):  # an array (channel,)\n"
    "    b = numpy.empty(len(a))\n"
    "    for i in range(len(a)):\n"
    "        squares = a[i - {reach} : i + {reach} + 1] ** 2\n"
    "        b[i] = a[i] / ({k} + {alpha} / {window} * squares.sum()) ** 0.75\n"
    "    return b",
    original={"k": 2, "alpha": 1e-4, "reach": 2, "window": 5},
    draw=lambda rng: {
        "k": rng.choice([1, 2, 3]),
        "alpha": rng.choice([0.0001, 0.0002, 0.0005]),
        "reach": (reach := rng.choice([1, 2, 3])),
        "window": 2 * reach + 1,
    },
    specs={"lrn": {"cases": [[{"numpy": channels}] for channels in CHANNELS]}},
)
def the_first_channels(k, alpha, reach, window):
    def lrn(a):
        b = numpy.empty(len(a))
        for i in range(len(a)):
            squares = a[max(0, i - reach) : i + reach + 1] ** 2
            b[i] = a[i] / (k + alpha / window * squares.sum()) ** 0.75
        return b

    return {"lrn": lrn}


# Lesson 09


@task(
    "09.1",
    "A weight begins at {weight} with v = 0. Each gradient is {gradient}, there is no weight "
    "decay, and momentum is {momentum}. The learning rate is {rates[0]}, then {rates[1]}, then "
    "{rates[2]}. What is the weight after these three steps by the paper's rule "
    "(v = momentum * v - rate * gradient, weight = weight + v; `paper`), and by the other rule "
    "(v = momentum * v + gradient, weight = weight - rate * v; `other`)? Give both to four digits.",
    original={"weight": 1, "gradient": 1, "momentum": 0.9, "rates": [0.1, 0.1, 0.01]},
    draw=lambda rng: {
        "weight": rng.randint(1, 5),
        "gradient": rng.choice([-2, -1, 0.5, 1, 1.5, 2]),
        "momentum": rng.choice([0.5, 0.8, 0.9, 0.95]),
        "rates": [rate := rng.choice([0.1, 0.2, 0.4]), rate / rng.choice([1, 2]), rate / 10],
    },
    is_sensible=lambda n, a: min(abs(a["paper"]), abs(a["other"])) > 0.1,
    specs=digits("paper", "other", num=4),
)
def momentum_by_hand(weight, gradient, momentum, rates):
    paper, other, speed, sum_of_gradients = weight, weight, 0, 0
    for rate in rates:
        speed = momentum * speed - rate * gradient
        paper += speed
        sum_of_gradients = momentum * sum_of_gradients + gradient
        other -= rate * sum_of_gradients
    return {"paper": paper, "other": other}


def falls(accuracies, patience):
    """Return how often the learning rate has fallen after each of the epochs, as a list."""
    best, waited, num, after = 0, 0, 0, []
    for accuracy in accuracies:
        best, waited = (accuracy, 0) if accuracy > best else (best, waited + 1)
        if waited == patience:
            num, waited = num + 1, 0
        after.append(num)
    return after


@task(
    "09.2",
    "These are the validation accuracies of eight epochs: {accuracies}. The learning rate begins "
    "at {rate}. Whenever the accuracy has not been above its best for `patience` epochs, the rate "
    "is divided by ten, and the waiting begins anew; the best stays. With which rates do epochs 2 "
    "to 9 run with a patience of 1 (`rates`, a list of eight numbers)? And how often has the rate "
    "fallen by epoch 9 with a patience of 2 (`times_with_2`)?",
    original={"accuracies": [0.60, 0.66, 0.65, 0.70, 0.69, 0.72], "rate": 0.1},
    draw=lambda rng: {
        "accuracies": [round(0.5 + 0.03 * i + rng.randint(-8, 8) / 100, 2) for i in range(8)],
        "rate": rng.choice([0.02, 0.05, 0.1, 0.2]),
    },
    is_sensible=lambda n, a: (
        len(set(n["accuracies"])) == 8
        and a["times_with_2"] > 0
        and len(set(a["rates"])) in (3, 4, 5)
    ),
    specs=digits("rates", num=2),
)
def impatient(accuracies, rate):
    return {
        "rates": [rate * 0.1**num for num in falls(accuracies, patience=1)],
        "times_with_2": falls(accuracies, patience=2)[-1],
    }


# Lesson 10


@task(
    "10.1",
    'A "LeNet" reads grey images. It has {channels[0]} and {channels[1]} kernels of 5 x 5 without '
    "padding, each convolution with a pooling 2 / 2 behind it, then dense layers of {hidden} and "
    "10 units. All have biases, and divisions round down. How many parameters does it have "
    "for images of {sizes[0]} x {sizes[0]} pixels (`small`), and how many for {sizes[1]} x "
    "{sizes[1]} (`large`)? In which layer are the additional ones (`layer`, a name such as "
    '"conv1")?',
    original={"channels": [20, 50], "hidden": 128, "sizes": [28, 224]},
    draw=lambda rng: {
        "channels": [rng.choice([6, 8, 12, 16, 24, 32]), rng.choice([16, 24, 32, 48, 64])],
        "hidden": rng.choice([64, 84, 100, 120, 200, 256]),
        "sizes": [rng.randint(24, 40), rng.randint(96, 256)],
    },
)
def another_lenet(channels, hidden, sizes):
    first, second = channels
    parameters = []
    for size in sizes:
        for _ in channels:
            size = (size - 4) // 2
        convolutions = first * (25 + 1) + second * (25 * first + 1)
        parameters.append(convolutions + hidden * (second * size**2 + 1) + 10 * (hidden + 1))
    return {"small": parameters[0], "large": parameters[1], "layer": "dense1"}


@task(
    "10.2",
    "An epoch has {images:,} images, in batches of {batch}; the last one takes what is left. The "
    "reported accuracy is the mean of the accuracies of the batches, each counted once. So it "
    "is a whole number of n-ths. Which is the smallest n that is sure to do (`n`: the number of "
    "batches times the smallest number that both sizes of batches divide)? And "
    "with what probability would a random number of six decimals fit (`share_by_chance`: n divided "
    "by a million, to two digits)?",
    original={"images": 60_000, "batch": 128},
    draw=lambda rng: {
        "images": rng.choice([1_000, 2_000, 5_000, 6_000, 10_000, 12_000, 20_000, 50_000, 60_000]),
        "batch": rng.choice([24, 32, 48, 64, 96, 100, 128, 144, 150, 192, 256]),
    },
    is_sensible=lambda n, a: n["images"] % n["batch"] and a["n"] < 600_000,
    specs=shares("share_by_chance", num=2),
)
def digits_of_a_training_accuracy(images, batch):
    # Without a rest all batches are equal. Such numbers are drawn again.
    n = -(-images // batch) * math.lcm(batch, images % batch or batch)
    return {"n": n, "share_by_chance": n / 10**6}


def widths_with(strides, size):
    """Return {layer: (width that it reads, width of its map)} of T4's net with other strides."""
    convolutions = dict(zip(("conv1", "conv2", "conv3", "conv4", "conv5"), strides))
    widths = {}
    for name in ("conv1", "pool1", "conv2", "pool2", "conv3", "conv4", "conv5"):
        stride = convolutions.get(name)
        reads, size = size, -(-size // stride) if stride else dh.conv_output_size(size, 3, 2)
        widths[name] = reads, size
    return widths


@task(
    "10.3",
    "The convolutions conv1 to conv5 of a net have strides of {strides[0]}, {strides[1]}, "
    "{strides[2]}, {strides[3]} and {strides[4]}. Each pads such that its map is ceil(n / stride) "
    "wide. Poolings of window 3 and stride 2, without padding, stand behind conv1 and conv2 and "
    "round down. The image is {size} pixels wide. How wide are the maps of conv1, pool1, conv2, "
    "pool2, conv3, conv4, conv5 (`widths`, a list of seven)? And which layers read a map that is "
    "one pixel wide (`on_one_pixel`, a set of names)?",
    original={"strides": [4, 2, 4, 4, 4], "size": 224},
    draw=lambda rng: {
        "strides": [rng.choice([2, 4]), *(rng.randint(1, 4) for _ in range(4))],
        "size": rng.randint(160, 320),
    },
    is_sensible=lambda n, a: 0 < len(a["on_one_pixel"]) < 3,
)
def strides_in_other_places(strides, size):
    widths = widths_with(strides, size)
    return {
        "widths": [width for _, width in widths.values()],
        "on_one_pixel": {name for name, (reads, _) in widths.items() if reads == 1},
    }


def draw_layer(rng):
    """Return the size of a map, and the kernel, stride and padding of a layer that reads it."""
    kernel = rng.choice([3, 5, 7])
    padding = rng.randint(0, kernel // 2)
    return [rng.randint(kernel - 2 * padding + 1, 16), kernel, rng.randint(1, 4), padding]


def share_inside(size, kernel, stride, padding):
    """Return the share of a convolution's multiplications that meet the map, not its padding."""
    starts = range(-padding, size + padding - kernel + 1, stride)
    inside = [0 <= start + i < size for start in starts for i in range(kernel)]
    return (sum(inside) / len(inside)) ** 2


@task(
    "10.4",
    "What share of the multiplications of a convolution meets the map, and not its padding? Maps "
    "and kernels are square, and the padding is on each side.\n\n"
    "first:  a map of {layers[0][0]}, kernel {layers[0][1]}, stride {layers[0][2]}, padding "
    "{layers[0][3]}\n"
    "second: a map of {layers[1][0]}, kernel {layers[1][1]}, stride {layers[1][2]}, padding "
    "{layers[1][3]}\n"
    "third:  a map of {layers[2][0]}, kernel {layers[2][1]}, stride {layers[2][2]}, padding "
    "{layers[2][3]}\n\n"
    "`shares` is a list of three numbers from 0 to 1, to three digits each.",
    original={"layers": [[12, 3, 1, 1], [3, 3, 4, 0], [2, 3, 1, 1]]},
    draw=lambda rng: {"layers": [draw_layer(rng) for _ in range(3)]},
    is_sensible=lambda n, a: len(set(a["shares"])) == 3 and sum(s < 1 for s in a["shares"]) >= 2,
    specs=shares("shares"),
)
def how_much_meets_the_map(layers):
    return {"shares": [share_inside(*layer) for layer in layers]}


@task(
    "10.5",
    "A net has its axes mixed up. The shape ({shape[0]}, {shape[1]}, {shape[2]}) enters three "
    "convolutions of {channels[0]}, {channels[1]} and {channels[2]} channels. In front of each, a "
    "zero is added on both sides of the first two axes. The convolution, with a kernel of 3 and no "
    "padding, acts on the last two axes, and its channels take the place of the first axis. Behind "
    "the second and behind the third convolution a pooling of window 3 and stride 2, without "
    "padding, acts on the first two axes and rounds down. Which "
    "shape reaches the dense layer (`shape`, a list of three numbers)? And how many weights does a "
    "dense layer of {units:,} units have there, without biases (`weights`)?",
    original={"shape": [127, 53, 213], "channels": [384, 384, 256], "units": 4096},
    draw=lambda rng: {
        "shape": [rng.randint(30, 130), rng.randint(20, 70), rng.randint(60, 240)],
        "channels": [rng.choice([96, 128, 192, 256, 320, 384]) for _ in range(3)],
        "units": rng.choice([512, 1000, 1024, 2048, 4096]),
    },
)
def mixed_axes(shape, channels, units):
    first, second, third = shape
    for num, pooled in zip(channels, (False, True, True)):
        # The second axis gains two by padding, and a kernel of 3 takes two.
        first, third = num, third - 2
        if pooled:
            first, second = ((axis - 3) // 2 + 1 for axis in (first, second))
    return {"shape": [first, second, third], "weights": first * second * third * units}


@task(
    "10.6",
    "A net for {classes} classes ends with a softmax, and by mistake its probabilities go to "
    "`SoftmaxCrossEntropyLoss` as if they were scores. What is the lowest loss that it can "
    "reach, however right it is (`lowest`, to four decimals)? And what would be the loss of a net "
    "that is right and very sure, without the mistake (`without`, to two decimals)?",
    original={"classes": 10},
    draw=lambda rng: {"classes": rng.randint(2, 400)},
    specs={"lowest": {"decimals": 4}, "without": {"decimals": 2}},
)
def a_loss_that_cannot_fall(classes):
    # The best scores are 1 for the right class, and 0 for the others.
    return {"lowest": math.log(1 + (classes - 1) / math.e), "without": 0.0}


def draw_accuracy(rng):
    """Return an accuracy of four digits, and some numbers of images."""
    images = sorted(rng.sample([40, 60, 80, 100, 120, 160, 200, 240, 250, 320, 400, 500], 6))
    num = rng.choice(images)
    return {"accuracy": round(rng.randint(num // 2, num - 1) / num, 4), "images": images}


@task(
    "10.7",
    "Somebody reports an accuracy of {accuracy:.4f}, rounded to four decimals. Of which of these "
    "numbers of images can it have been made: {images}? `possible` is a set of whole numbers.",
    original={"accuracy": 0.9875, "images": [60, 80, 100, 240, 500, 2000]},
    draw=draw_accuracy,
    is_sensible=lambda n, a: 2 <= len(a["possible"]) <= 4,
)
def which_set_it_was(accuracy, images):
    possible = {num for num in images if round(round(accuracy * num) / num, 4) == accuracy}
    return {"possible": possible}


# Lesson 11


@task(
    "11.1",
    "A step takes {steps[0]:,} ms with large images, of these {parts[0]:,} ms in convolutions, and "
    "{steps[1]} ms with small ones, of these {parts[1]} ms in convolutions. Someone makes the "
    "convolutions {factor} times as fast. How many times as fast does the whole step become "
    "(`times`), and how many times as fast could it become at most, if convolutions took no time "
    "at all (`at_most`)? Both are lists of two numbers, for large and for small images, to three "
    "digits.",
    original={"steps": [2993.0, 636.3], "parts": [2569.9, 382.9], "factor": 2},
    draw=lambda rng: {
        "steps": (steps := [rng.randint(900, 4000), rng.randint(100, 800)]),
        "parts": [
            round(steps[0] * rng.uniform(0.7, 0.92), 1),
            round(steps[1] * rng.uniform(0.3, 0.65), 1),
        ],
        "factor": rng.choice([1.5, 2, 3, 4, 5, 10]),
    },
    specs=digits("times", "at_most"),
)
def faster_in_one_place(steps, parts, factor):
    pairs = list(zip(steps, parts))
    return {
        "times": [step / (step - part + part / factor) for step, part in pairs],
        "at_most": [step / (step - part) for step, part in pairs],
    }


@task(
    "11.3",
    "LeNet makes 416,520 multiply-adds for an image, in five layers with weights. Another net has "
    "{layers} dense layers of {units} units, each of which reads {units} numbers. How many "
    "multiply-adds does one layer make on average, forward, for a batch of {batch} images or rows? "
    "`per_layer` is a list of two numbers, for LeNet and for the other net.",
    original={"layers": 40, "units": 16, "batch": 8},
    draw=lambda rng: {
        "layers": rng.randint(20, 80),
        "units": rng.choice([8, 12, 20, 24, 32, 40]),
        "batch": rng.choice([2, 4, 8, 16, 32, 64]),
    },
)
def work_in_a_layer(layers, units, batch):
    return {"per_layer": [batch * 416_520 // 5, batch * units**2]}


@task(
    "11.4",
    "The update takes the same time for any batch, and all else grows with the number of images. "
    "A step of {batches[0]} images of 224 x 224 pixels takes {steps[0]:,} ms, of these "
    "{updates[0]} ms for the update. A step of {batches[1]} images of 67 x 67 takes "
    "{steps[1]} ms, of these {updates[1]} ms for the update. What is the "
    "smallest batch size at which the update takes less than {percent} % of the step, at 224 "
    "(`at_224`) and at 67 (`at_67`)?",
    original={
        "batches": [64, 128],
        "steps": [2993.0, 636.3],
        "updates": [158.9, 75.0],
        "percent": 10,
    },
    draw=lambda rng: {
        "batches": [rng.choice([16, 32, 64, 96]), rng.choice([64, 128, 192, 256])],
        "steps": [rng.randint(1500, 5000), rng.randint(400, 900)],
        "updates": [rng.randint(90, 250), rng.randint(40, 120)],
        "percent": rng.choice([4, 5, 8, 10, 20]),
    },
    is_sensible=lambda n, a: min(a.values()) > 5,
)
def when_the_update_is_small(batches, steps, updates, percent):
    sizes = []
    for batch, step, update in zip(batches, steps, updates):
        each = (step - update) / batch
        sizes.append(math.floor((100 / percent - 1) * update / each) + 1)
    return {"at_224": sizes[0], "at_67": sizes[1]}


def add_often(total, small):
    """Return the sums in bfloat16 while a small number is added 1,000 times."""
    totals = []
    for _ in range(1000):
        total = float(dh.bfloat16(total + small))
        totals.append(total)
    return totals


@task(
    "11.5",
    "Add {small} a thousand times in bfloat16: `total = dh.bfloat16(total + {small})`. Where does "
    "the total end if it begins at 1 (`from_one`), and where if it begins at 0 (`from_zero`)? "
    "After how many steps does it first have that last value, from 0 (`steps`)? Predict first, "
    "then run it.",
    original={"small": 0.003},
    draw=lambda rng: {"small": rng.randint(11, 149) / 10_000},
    is_sensible=lambda n, a: 20 < a["steps"] < 950,
    specs=digits("from_one", "from_zero", num=4),
)
def a_thousand_small_steps(small):
    totals = add_often(0.0, small)
    return {
        "from_one": add_often(1.0, small)[-1],
        "from_zero": totals[-1],
        "steps": totals.index(totals[-1]) + 1,
    }


@task(
    "11.6",
    "How far is it from {weights[0]}, from {weights[1]} and from {weights[2]} to the next larger "
    "number of bfloat16? All three are such numbers, with 7 bits after the point. `distances` is "
    "a list of three numbers, to four digits or more.",
    original={"weights": [1.0, 0.75, 100.0]},
    draw=lambda rng: {
        "weights": [
            rng.randint(128, 255) / 128 * 2.0**exponent
            for exponent in rng.sample([-4, -3, -2, -1, 1, 3, 5, 7, 9, 11], 3)
        ]
    },
    specs=digits("distances", num=4),
)
def the_next_number(weights):
    return {"distances": [2.0 ** (math.floor(math.log2(weight)) - 7) for weight in weights]}


# Lesson 12


def draw_place_in_file(rng):
    """Return the shape of a weight, a place in it, and where it stands in a file."""
    kernel = rng.choice([3, 5, 7])
    shape = [rng.choice([8, 16, 24, 32]), rng.choice([3, 4, 6, 8, 12]), kernel, kernel]
    value = rng.choice([-1, 1]) * rng.choice([1, 1.25, 1.5, 1.75]) * 2.0 ** rng.randint(-5, 6)
    return {
        "shape": shape,
        "start": 4 * rng.randint(50, 2_000),
        "place": [rng.randint(1, length - 1) for length in shape],
        "header": 8 * rng.randint(50, 150),
        "content": struct.pack("<f", value).hex(" "),
    }


@task(
    "12.1",
    "A file of weights in the safetensors format begins with 8 bytes, which hold the length of the "
    "header: {header} bytes. The numbers follow the header. Among them, the float32 weight of "
    "shape {shape} begins at byte {start}, and its last axis runs fastest. At which byte of the "
    "numbers does the entry {place} begin (`in_numbers`), and at which byte of the file "
    "(`in_file`)? Which number is it, if the four bytes there are {content} in hexadecimal, the "
    "lowest byte first (`value`)? A float32 has a sign bit, 8 bits of exponent with 127 added, and "
    "23 bits after the point.",
    original={
        "shape": [16, 6, 5, 5],
        "start": 688,
        "place": [3, 1, 0, 2],
        "header": 640,
        "content": "00 00 20 c0",
    },
    draw=draw_place_in_file,
    specs={
        "in_numbers": {"factors": {"the bytes of a number": 4}},
        "value": {"digits": 4},
    },
)
def four_bytes(shape, start, place, header, content):
    in_numbers = start + 4 * int(numpy.ravel_multi_index(place, shape))
    (value,) = struct.unpack("<f", bytes.fromhex(content))
    return {"in_numbers": in_numbers, "in_file": 8 + header + in_numbers, "value": value}


@task(
    "12.3",
    "A net with 1,000 classes has 61,100,840 parameters. Its last hidden layer has 4,096 units, "
    "and each output has a weight for each of them and a bias. The net is made for {classes} "
    "classes instead and written to a file, {num_bytes} bytes per number. How many outputs does it "
    "have (`outputs`), how many parameters (`parameters`), and how many bytes of numbers are in "
    "the file (`num_bytes`)?",
    original={"classes": 5, "num_bytes": 4},
    draw=lambda rng: {"classes": rng.randint(2, 400), "num_bytes": rng.choice([2, 4])},
)
def other_classes_in_a_file(classes, num_bytes):
    parameters = 61_100_840 - (1000 - classes) * (4096 + 1)
    return {"outputs": classes, "parameters": parameters, "num_bytes": num_bytes * parameters}


@task(
    "12.6",
    "A pixel is red {pixel[0]}, green {pixel[1]}, blue {pixel[2]}, each from 0 to 255. A net "
    "trained on ImageNet wants values from 0 to 1, less a mean of 0.485, 0.456 and 0.406, divided "
    "by a deviation of 0.229, 0.224 and 0.225 for the three colours. Which three numbers enter the "
    "net (`values`, a list, to three digits each)?",
    original={"pixel": [255, 0, 0]},
    draw=lambda rng: {"pixel": [rng.randint(0, 255) for _ in range(3)]},
    is_sensible=lambda n, a: min(map(abs, a["values"])) > 0.1,
    specs=digits("values"),
)
def a_prepared_pixel(pixel):
    means, deviations = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    return {"values": [(c / 255 - m) / d for c, m, d in zip(pixel, means, deviations)]}


# Lesson 13


@task(
    "13.1",
    "A batch has {images} images. How many of them does each of {devices} devices get from "
    "`gluon.utils.split_and_load` with `even_split=False` (`devices`)? The first devices get one "
    "more, as long as the rest lasts. And how many does each of {devices} workers of `train_ch6` "
    "get (`workers`)? Worker r takes the images from r * {images} // {devices} up to "
    "(r + 1) * {images} // {devices}. Give two lists of {devices} whole numbers.",
    original={"images": 65, "devices": 3},
    draw=lambda rng: {"images": rng.randint(40, 300), "devices": rng.randint(3, 7)},
    is_sensible=lambda n, a: a["devices"] != a["workers"],
)
def images_for_several(images, devices):
    each, rest = divmod(images, devices)
    ends = [rank * images // devices for rank in range(devices + 1)]
    return {
        "devices": [each + (rank < rest) for rank in range(devices)],
        "workers": [end - start for start, end in zip(ends, ends[1:])],
    }


def data_parallel_bytes(parameters, machines):
    """Return how many bytes each machine sends in a step, as lesson 13 does."""
    return 2 * 4 * parameters * (machines - 1) / machines


def step_seconds(computing, num_bytes, gigabits):
    """Return the seconds of a step that first computes and then sends."""
    return computing + 8 * num_bytes / (gigabits * 1e9)


BITS = {"factors": {"the bits of a byte": 8}}  # often forgotten
SENDING = (
    "In data-parallel training each of N machines sends 2 * 4 * P * (N - 1) / N bytes in a step, "
    "for a net with P parameters. "
)


@task(
    "13.2",
    SENDING
    + "A net with {parameters:,} parameters is trained on {machines} machines and {images:,} "
    "images, in batches of {batch}; the last batch may be smaller. How many bytes does each "
    "machine send in a step (`step_bytes`), and how many in an epoch (`epoch_bytes`)? How many "
    "seconds does the sending of one step take at {megabits} Mbit/s (`seconds`, to three digits)?",
    original={
        "parameters": 61_706,
        "machines": 4,
        "images": 60_000,
        "batch": 256,
        "megabits": 100,
    },
    draw=lambda rng: {
        "parameters": rng.randrange(40_000, 4_000_000, 20),
        "machines": rng.choice([2, 4, 5, 8, 10]),
        "images": rng.choice([10_000, 20_000, 50_000, 60_000]),
        "batch": rng.choice([48, 64, 96, 128, 192, 256]),
        "megabits": rng.choice([10, 50, 100, 200, 1000]),
    },
    is_sensible=lambda n, a: n["images"] % n["batch"],
    specs={
        "step_bytes": BITS,
        "epoch_bytes": BITS,
        "seconds": {"digits": 3, **BITS},
    },
)
def bytes_bits_and_seconds(parameters, machines, images, batch, megabits):
    step_bytes = data_parallel_bytes(parameters, machines)
    return {
        "step_bytes": step_bytes,
        "epoch_bytes": step_bytes * -(-images // batch),
        "seconds": step_seconds(0, step_bytes, megabits / 1000),
    }


@task(
    "13.3",
    "Two machines train a net with {parameters:,} parameters. Each sends 4 bytes of gradient per "
    "parameter in a step, in parts to both servers, and as many bytes of sums: together "
    "2 * 4 * P * 1/2 bytes. Now gradients are sent with {bits} bits in place of 32, and the sums "
    "as before. What share of all bytes is saved (`saved`)? Computing took "
    "{computing[0]} seconds in the measurement at 10 Mbit/s and {computing[1]} seconds at 1,000 "
    "Mbit/s, and then everything is sent. How many times as fast does a step become at 10 Mbit/s "
    "(`at_10`), and how many times at 1,000 Mbit/s (`at_1000`)? Give all three to three digits.",
    original={"parameters": 2_126_186, "bits": 2, "computing": [0.124082, 0.128558]},
    draw=lambda rng: {
        "parameters": rng.randrange(200_000, 6_000_000, 50_000),
        "bits": rng.choice([1, 2, 4, 8, 16]),
        "computing": [rng.randint(4, 60) / 100, rng.randint(4, 60) / 100],
    },
    is_sensible=lambda n, a: a["at_10"] > a["at_1000"] + 0.05 and a["at_1000"] > 1.02,
    specs=shares("saved") | digits("at_10", "at_1000"),
)
def what_few_bits_bring(parameters, bits, computing):
    whole = data_parallel_bytes(parameters, 2)
    left = (1 + bits / 32) / 2

    def times_as_fast(computing, gigabits):
        before = step_seconds(computing, whole, gigabits)
        return before / step_seconds(computing, left * whole, gigabits)

    slow, fast = computing
    return {
        "saved": 1 - left,
        "at_10": times_as_fast(slow, 0.01),
        "at_1000": times_as_fast(fast, 1),
    }


@task(
    "13.4",
    SENDING + "A card computes {teraflops} TFLOP/s. For an image a net of {parameters:,} "
    "parameters makes {millions:,} million multiply-adds, of two operations each. A step takes "
    "three times that, once forward and twice backward, for each of {batch} images. Each of "
    "two cards has a batch of its own. Above how many Gbit/s do two cards get through more images "
    "per second than one, if they first compute and then send (`in_turn`)? And if both happen at "
    "the same time, so that a step takes the longer of the two (`overlapped`)? Above how many are "
    "they then twice as fast as one card (`twice`)? Give all three to three digits.",
    original={"teraflops": 10, "parameters": 46_764_746, "millions": 938, "batch": 128},
    draw=lambda rng: {
        "teraflops": rng.choice([2, 5, 8, 12, 15, 20, 40]),
        "parameters": rng.randrange(4_000_000, 140_000_000, 500_000),
        "millions": rng.randrange(200, 15_000, 50),
        "batch": rng.choice([32, 64, 128, 256]),
    },
    is_sensible=lambda n, a: 0.5 < a["overlapped"] < 200,
    specs={name: {"digits": 3, **BITS} for name in ("in_turn", "overlapped", "twice")},
)
def sending_while_computing(teraflops, parameters, millions, batch):
    computing = 3 * 2 * millions * 1e6 * batch / (teraflops * 1e12)
    gigabits = 8 * data_parallel_bytes(parameters, 2) / 1e9
    return {
        "in_turn": gigabits / computing,  # computing + sending < 2 x computing
        "overlapped": gigabits / (2 * computing),  # max(computing, sending) < 2 x computing
        "twice": gigabits / computing,  # sending < computing
    }


VGG_CHANNELS = [64, 128, 256, 512, 512]


@task(
    "13.6",
    "A net like VGG reads images of 3 x 224 x 224. Its convolutions of 3 x 3 with padding 1 come "
    "in five groups, of {depths[0]}, {depths[1]}, {depths[2]}, {depths[3]} and {depths[4]} layers "
    "with 64, 128, 256, 512 and 512 channels. A pooling that halves the map follows each group, "
    "then dense layers of {hidden:,}, {hidden:,} and 1,000 units. How many parameters does it "
    "have (`parameters`), and how many multiply-adds does it make for an image (`multiply_adds`)? "
    "Biases count as parameters, not as multiply-adds.\n\n" + SENDING + "A step of {batch} images "
    "per card takes a card of {teraflops} TFLOP/s as long as 3 * 2 * {batch} times the "
    "multiply-adds of an image; then the card sends, at {gigabits} Gbit/s. How many times as fast "
    "as one are {cards} cards, in images per second, for the paper's AlexNet with 60,965,224 "
    "parameters and 724,406,816 multiply-adds (`paper`), and for this net (`vgg`)? Give these two "
    "to three digits.",
    original={
        "depths": [2, 2, 3, 3, 3],
        "hidden": 4096,
        "cards": 16,
        "batch": 128,
        "teraflops": 10,
        "gigabits": 10,
    },
    draw=lambda rng: {
        "depths": [rng.randint(1, 2), rng.randint(1, 2), *(rng.randint(1, 4) for _ in range(3))],
        "hidden": rng.choice([1024, 2048, 4096]),
        "cards": rng.choice([4, 8, 12, 16, 32]),
        "batch": rng.choice([32, 64, 128]),
        "teraflops": rng.choice([5, 10, 20, 40]),
        "gigabits": rng.choice([5, 10, 20, 25]),
    },
    is_sensible=lambda n, a: 1.2 < a["paper"] < a["vgg"] / 1.5 < 0.6 * n["cards"],
    specs=digits("paper", "vgg"),
)
def vgg_on_several_cards(depths, hidden, cards, batch, teraflops, gigabits):
    parameters, multiply_adds, inputs, size = 0, 0, 3, 224
    for depth, outputs in zip(depths, VGG_CHANNELS):
        for _ in range(depth):
            parameters += outputs * (9 * inputs + 1)
            multiply_adds += outputs * 9 * inputs * size**2
            inputs = outputs
        size //= 2
    inputs *= size**2
    for outputs in (hidden, hidden, 1000):
        parameters += outputs * (inputs + 1)
        multiply_adds += outputs * inputs
        inputs = outputs

    def times_as_fast(parameters, multiply_adds):
        computing = 3 * 2 * multiply_adds * batch / (teraflops * 1e12)
        sent = data_parallel_bytes(parameters, cards)
        return cards * computing / step_seconds(computing, sent, gigabits)

    return {
        "parameters": parameters,
        "multiply_adds": multiply_adds,
        "paper": times_as_fast(60_965_224, 724_406_816),
        "vgg": times_as_fast(parameters, multiply_adds),
    }


# The clinic


@task(
    "clinic.4",
    "A net is trained for {epochs} epochs on {images:,} images in batches of {batch}; the last "
    "batch of an epoch may be smaller, and counts as an update too. The learning rate is to reach "
    "0 at the end of the training. What should `max_update` of `CosineScheduler` "
    "be?",
    original={"epochs": 10, "images": 1_000, "batch": 64},
    draw=lambda rng: {
        "epochs": rng.randint(3, 60),
        "images": rng.randrange(1_000, 60_001, 500),
        "batch": rng.choice([32, 48, 64, 96, 128, 256]),
    },
    is_sensible=lambda n, a: n["images"] % n["batch"],
)
def updates_of_a_training(epochs, images, batch):
    return {"max_update": epochs * -(-images // batch)}


@task(
    "clinic.8",
    "The running averages of a batch normalization begin with mean 0 and variance 1. With a "
    "momentum of {momentum}, in Gluon's sense, what share of them does that beginning still make "
    "up after {steps} steps (`left`, from 0 to 1, to four digits)?",
    original={"momentum": 0.999, "steps": 48},
    draw=lambda rng: {
        "momentum": rng.choice([0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999]),
        "steps": rng.randint(10, 400),
    },
    is_sensible=lambda n, a: 0.01 < a["left"] < 0.97,
    specs=shares("left", num=4),
)
def what_is_left_of_the_beginning(momentum, steps):
    return {"left": momentum**steps}
