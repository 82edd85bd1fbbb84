"""Fine-tuning: a trained net gets a new last layer and learns other classes (lesson 12)."""

from d2l_helpers.models.parameters import mark_trained
from d2l_helpers.utils.validation import check_has_parameters, check_whole_number

from mxnet import init
from mxnet.gluon import model_zoo, nn


def new_head(net, num_classes, *, frozen=True):
    """Return a net with the layers of a trained one, but a fresh last layer.

    Source: tutorial T3, which drops the last layer, freezes the rest and adds a new one. The
    layers are those of the trained net, not copies: what changes here changes there.

    Args:
        net: a trained Sequential, or a net of Gluon's model zoo, whose last layer is dense.
        num_classes: outputs of the new last layer.
        frozen: whether the other layers keep their weights in a training loop of your own.
            `train_ch6` initializes a net anew, so it refuses one with frozen layers.

    Returns:
        An initialized nn.HybridSequential on the net's device. Its frozen parameters get no
        gradients: their `grad_req` is "null".

    Raises:
        TypeError: no net, or `num_classes` is no number.
        ValueError: the net is of another kind, its last layer is not dense or has no weights yet,
            or `num_classes` is not a whole number from 1.
    """
    body, head = _body_and_head(net)
    num_classes = check_whole_number("num_classes", num_classes, at_least=1)
    device = head.weight.list_ctx()[0]
    fresh = nn.Dense(num_classes, in_units=head.weight.shape[1])
    fresh.initialize(init.MSRAPrelu("in", slope=0), ctx=device)
    fresh.cast(head.weight.dtype)  # afterwards: MXNet draws random numbers in float32 alone
    tuned = nn.HybridSequential()
    tuned.add(*body, fresh)
    for layer in body:
        # The running means of a batch normalization have no gradients in any case.
        layer.collect_params().setattr("grad_req", "null" if frozen else "write")
        mark_trained(layer.collect_params().values())
    return tuned


def _body_and_head(net):
    """Return the layers of a trained net but the last, and the last, which is dense."""
    check_has_parameters(net)
    if isinstance(net, (nn.Sequential, nn.HybridSequential)):
        *body, head = net
    elif type(net).__module__.startswith(model_zoo.vision.__name__):
        body, head = list(net.features), net.output
    else:
        # What the forward of another block does between its layers would be lost.
        raise ValueError(
            f"the net is a {type(net).__name__}, whose layers are not known to run one after "
            "another: give a Sequential, or a net of gluon.model_zoo.vision"
        )
    if not isinstance(head, nn.Dense):
        raise ValueError(
            f"the last layer is a {type(head).__name__}, and must be a Dense layer that has "
            "weights: give a classifier that ends with one"
        )
    if head.weight._data is None:
        raise ValueError(
            "the last layer must be a Dense layer that has weights, and this one has none yet: "
            "train the net, or load its weights"
        )
    return body, head
