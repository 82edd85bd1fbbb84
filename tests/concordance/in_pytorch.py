"""PyTorch's side of docs/concordance.md: what side.py needs, and a function for each bullet."""

import copy
import tempfile
from pathlib import Path

import numpy
import torch
import torch._inductor.config
from graphs import count, graphs, num_graphs
from torch import nn
from torch._inductor import cpp_builder
from torch.utils.data import DataLoader

NAME = "PyTorch"


def output(layer, X, weights, training):
    set_weights(layer, weights)
    with torch.no_grad():
        return layer.train(training)(torch.tensor(X)).numpy()


def draw(code, names, shape):
    names["weight"] = torch.empty(shape)
    exec(code, names)
    return names["weight"].numpy()


def _arrays(net):
    """Return what a net holds, without the number of batches that a normalization has seen."""
    return [array for array in net.state_dict().values() if array.is_floating_point()]


def weights(net):
    return [array.detach().clone().numpy() for array in _arrays(net)]


def set_weights(net, values):
    for array, value in zip(_arrays(net), values):
        array.copy_(torch.tensor(value))


def scores(net, X):
    with torch.no_grad():
        return net(X).numpy()


def images(X):
    return X.numpy()


def numbers(array):
    return array.detach().float().numpy()


def loss(names):
    return names["loss"](names["net"](names["X"]), names["y"]).detach().numpy()


def squared_error(names):
    guess, truth = torch.tensor([[1.0, 2.0], [3.0, 5.0]]), torch.zeros(2, 2)
    return names["squared"](guess, truth).numpy()


def _fails(call, kind=Exception):
    """Return whether a call raises an error of a kind."""
    try:
        call()
    except kind:
        return True
    return False


# The bullets


def convolution_axes():
    layer = nn.Conv2d(2, 5, kernel_size=3)
    assert layer(torch.ones(1, 2, 9, 7)).shape == (1, 5, 7, 5)
    assert layer(torch.ones(1, 2, 2, 2).repeat(1, 1, 4, 4)).shape[1] == 5
    assert _fails(lambda: layer(torch.ones(1, 9, 7, 2)), RuntimeError)


def convolution_weights():
    assert nn.Conv2d(2, 5, kernel_size=3).weight.shape == (5, 2, 3, 3)


def convolution_input_channels():
    assert _fails(lambda: nn.Conv2d(out_channels=5, kernel_size=3), TypeError)


def convolution_in_groups_weights():
    assert nn.Conv2d(96, 256, 5, groups=2).weight.shape == (256, 48, 5, 5)


def max_pooling_rounding():
    X = torch.ones(1, 1, 6, 6)
    assert nn.MaxPool2d(3, 2)(X).shape == (1, 1, 2, 2)
    assert nn.MaxPool2d(3, 2, ceil_mode=True)(X).shape == (1, 1, 3, 3)


def average_pooling_padding():
    means = nn.AvgPool2d(3, 1, padding=1)(torch.ones(1, 1, 3, 3))[0, 0]
    assert numpy.allclose(means[0], [4 / 9, 6 / 9, 4 / 9])


def global_average_pooling_shape():
    assert nn.AdaptiveAvgPool2d(1)(torch.ones(8, 3, 5, 5)).shape == (8, 3, 1, 1)


def dense_layer_flattening():
    assert nn.Linear(5, 7)(torch.ones(8, 3, 4, 5)).shape == (8, 3, 4, 7)


def dense_layer_weights():
    assert nn.Linear(5, 7).weight.shape == (7, 5)


def activation_as_an_argument():
    assert _fails(lambda: nn.Conv2d(1, 1, 1, activation="relu"), TypeError)
    assert _fails(lambda: nn.Linear(1, 1, activation="relu"), TypeError)
    net = nn.Sequential(nn.Linear(1, 1), nn.ReLU(), nn.Linear(1, 1))
    assert [name for name in net.state_dict() if "weight" in name] == ["0.weight", "2.weight"]


def dropout_when():
    drop, ones = nn.Dropout(0.5), torch.ones(1000)
    assert 300 < (drop(ones) == 0).sum() < 700
    assert (drop.eval()(ones) == ones).all()


def dropout_scale():
    assert set(nn.Dropout(0.75)(torch.ones(1000)).tolist()) == {0, 4}


def _normalized(**settings):
    """Return a batch normalization that has seen one batch of 1 and 3, and what it returned."""
    norm = nn.BatchNorm1d(1, **settings)
    return norm, norm(torch.tensor([[1.0], [3.0]]))


def batch_normalization_momentum():
    assert numpy.isclose(_normalized(momentum=0.1)[0].running_mean, 0.9 * 0 + 0.1 * 2)


def batch_normalization_running_variance():
    norm, Y = _normalized(momentum=0.1)
    assert numpy.isclose(norm.running_var, 0.9 * 1 + 0.1 * 2)
    assert numpy.allclose(Y.detach(), [[-1], [1]], atol=1e-4)


def batch_normalization_when_they_move():
    assert _normalized()[0].running_mean > 0


def local_response_normalization_alpha():
    norm = nn.LocalResponseNorm(5, alpha=1.0, beta=1.0, k=1.0)
    assert numpy.isclose(norm(torch.ones(1, 5, 1, 1))[0, 2], 1 / (1 + 1.0 / 5 * 5))


def he_cut_off():
    weight = nn.init.kaiming_normal_(torch.empty(300, 200), nonlinearity="relu")
    assert numpy.isclose(weight.std(), (2 / 200) ** 0.5, rtol=0.02)
    assert abs(weight).max() > 3.5 * weight.std()


def what_you_get_without_a_rule_weights():
    for inputs in (100, 900):
        weight = nn.Linear(inputs, 500).weight
        assert numpy.isclose(abs(weight).max().detach(), inputs**-0.5, rtol=0.01)
    weight = nn.Conv2d(32, 64, 5).weight
    assert numpy.isclose(abs(weight).max().detach(), (32 * 5 * 5) ** -0.5, rtol=0.01)


def what_you_get_without_a_rule_biases():
    layer = nn.Linear(100, 5000)
    nn.init.xavier_uniform_(layer.weight)
    assert numpy.isclose(abs(layer.bias).max().detach(), 100**-0.5, rtol=0.01)


def batches_the_last_batch():
    assert [len(batch) for batch in DataLoader(torch.ones(5, 1), batch_size=2)] == [2, 2, 1]


def batches_labels():
    loss, X = nn.CrossEntropyLoss(), torch.ones(1, 2)
    for dtype in (torch.uint8, torch.int64):
        assert numpy.isclose(loss(X, torch.tensor([1], dtype=dtype)), numpy.log(2))
    assert _fails(lambda: loss(X, torch.tensor([1], dtype=torch.int32)), RuntimeError)


def the_net_scores():
    loss = nn.CrossEntropyLoss()(torch.tensor([[0.0, 3.0]]), torch.tensor([0]))
    assert numpy.isclose(loss, numpy.log(1 + numpy.e**3))


def the_loss_one_number_or_many():
    assert nn.CrossEntropyLoss()(torch.ones(4, 3), torch.zeros(4, dtype=torch.int64)).shape == ()


def the_loss_order_of_the_arguments():
    loss, labels = nn.CrossEntropyLoss(), torch.zeros(4, dtype=torch.int64)
    loss(torch.ones(4, 3), labels)
    assert _fails(lambda: loss(labels, torch.ones(4, 3)))


def the_squared_error_half():
    assert nn.MSELoss()(torch.tensor([3.0]), torch.tensor([0.0])) == 9


def _line():
    """Return a net that multiplies one number with a weight of 1, and its optimizer at rate 1."""
    net = nn.Linear(1, 1, bias=False)
    nn.init.ones_(net.weight)
    return net, torch.optim.SGD(net.parameters(), lr=1.0)


def the_optimizer_default_rates():
    (group,) = torch.optim.SGD([torch.zeros(1)]).param_groups
    assert group["lr"] == 0.001


def one_step_division_by_the_batch_size():
    net, optimizer = _line()
    net(torch.ones(2, 1)).mean().backward()
    optimizer.step()
    assert net.weight == 0


def one_step_old_gradients():
    net, _ = _line()
    gradients = []
    for _ in range(2):
        net(torch.ones(2, 1)).mean().backward()
        gradients.append(float(net.weight.grad))
    assert gradients == [1, 2]


def one_step_recording():
    w = torch.ones(1, requires_grad=True)
    assert (2 * w).requires_grad
    with torch.no_grad():
        assert not (2 * w).requires_grad


def _steps(rates, gradient=1.0, start=0.0, **settings):
    """Return the places of a weight after steps of SGD at some rates."""
    w = torch.full((1,), start, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=1.0, **settings)
    places = [start]
    for optimizer.param_groups[0]["lr"] in rates:
        w.grad = torch.full((1,), gradient)
        optimizer.step()
        places.append(w.item())
    return places


def a_new_learning_rate_with_momentum():
    steps = numpy.diff(_steps((1.0, 0.1), momentum=0.5))
    assert numpy.allclose(steps, [-1, -0.1 * (0.5 * 1 + 1)])


def evaluation_two_modes():
    net = nn.Dropout(0.5)
    assert net.training
    net.eval()
    with torch.enable_grad():
        assert not net.training


def evaluation_type_of_the_answer():
    best = torch.ones(2, 3).argmax(dim=1)
    assert best.dtype == torch.int64
    assert (best == torch.zeros(2, dtype=torch.int32)).all()


def saving_file_name():
    with tempfile.TemporaryDirectory() as folder:
        torch.save(nn.Linear(1, 1).state_dict(), Path(folder, "any name"))


_ran = []


def loading_the_optimizer():
    net = nn.Linear(2, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=1.0, momentum=0.5)
    net(torch.ones(4, 2)).mean().backward()
    optimizer.step()
    assert set(net.state_dict()) == {"weight", "bias"}


class _Program:
    """An object whose pickle adds to `_ran` when it is read."""

    def __reduce__(self):
        return (_ran.append, ("code",))


def loading_code_in_a_file():
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "file")
        torch.save(_Program(), file)
        assert _fails(lambda: torch.load(file, weights_only=True)) and not _ran
        assert _fails(lambda: torch.load(file)) and not _ran


def weight_decay_biases():
    net, _ = _line()
    net.bias = nn.Parameter(torch.ones(1))
    optimizer = torch.optim.SGD(net.parameters(), lr=1.0, weight_decay=0.25)
    (0 * net(torch.ones(1, 1)).sum()).backward()
    optimizer.step()
    assert net.bias == 0.75 == net.weight


def weight_decay_with_momentum():
    places = _steps((1.0, 1.0), gradient=0.0, start=1.0, momentum=0.5, weight_decay=0.1)
    assert numpy.allclose(places[1:], [0.9, 0.9 - 0.1 * 0.9 - 0.5 * 0.1])


def adam_epsilon():
    w = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.Adam([w], lr=1.0)
    w.grad = torch.full((1,), 1e-8)
    optimizer.step()
    assert numpy.isclose(w.item(), -0.5)  # 1e-8 / (1e-8 + epsilon), both corrected


def a_schedule_who_counts():
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=4)
    rates = []
    for _ in range(3):
        optimizer.step()
        rates.append(optimizer.param_groups[0]["lr"])
    assert rates == [1, 1, 1]
    scheduler.step()
    assert numpy.isclose(scheduler.get_last_lr()[0], (1 + numpy.cos(numpy.pi / 4)) / 2)


a_schedule_off_by_one = a_schedule_who_counts


def freezing_batch_normalization():
    norm = nn.BatchNorm1d(1)
    norm.requires_grad_(False)
    norm(torch.tensor([[1.0], [3.0]]))
    assert norm.running_mean > 0


def half_a_batch_at_a_time_sum_or_mean():
    net, _ = _line()
    X = torch.tensor([[1.0], [3.0], [5.0], [7.0]])
    whole = copy.deepcopy(net)
    whole(X).mean().backward()
    for half in X.chunk(2):
        (net(half).mean() / 2).backward()
    assert net.weight.grad == whole.weight.grad


class _OwnNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(2, 3)

    def forward(self, x):
        return torch.relu(self.dense(x))


def a_compiled_graph_when():
    X = torch.ones(4, 2)
    net = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    before = len(graphs)
    compiled = torch.compile(net, backend=count)
    assert len(graphs) == before
    assert [num_graphs(lambda: compiled(X)) for _ in range(2)] == [1, 0]


def a_compiled_graph_compiler():
    net = torch.compile(nn.Sequential(nn.Linear(2, 3), nn.ReLU()))
    cpp_builder.cpp_compiler_search.cache_clear()
    without = {"cpp.cxx": ("no-such-compiler",), "force_disable_caches": True}
    with torch._inductor.config.patch(without):
        assert _fails(lambda: net(torch.ones(4, 2)), torch._inductor.exc.InductorError)
    cpp_builder.cpp_compiler_search.cache_clear()


def a_compiled_graph_two_ways():
    X = torch.ones(4, 2)
    for net, expected in ((_OwnNet(), 1), (nn.Sequential(nn.Linear(2, 3), nn.ReLU()), 0)):
        net.compile(backend=count)
        assert num_graphs(lambda net=net: net(X)) == expected
    assert next(iter(net.state_dict())) == "0.weight"
    assert next(iter(torch.compile(net).state_dict())) == "_orig_mod.0.weight"


def bfloat16_type_of_the_scores():
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert nn.Linear(2, 3)(torch.ones(4, 2)).dtype == torch.bfloat16


def devices_choice():
    assert torch.ones(1).device == torch.device("cpu") == nn.Linear(1, 1).weight.device
