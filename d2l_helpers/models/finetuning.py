"""Fine-tuning: a trained net gets a new last layer, and learns other classes from few images."""

from d2l_helpers.utils.validation import check_net

from mxnet import init
from mxnet.gluon import nn


def new_head(net, num_classes, *, frozen=True):
    """Return a net with the layers of a trained one, but a fresh last layer.

    Source: tutorial T3, which drops the last layer, freezes the rest and adds a new one. The
    layers are those of the trained net, not copies: what changes here changes there.

    Args:
        net: a trained Sequential whose last layer is dense.
        num_classes: outputs of the new last layer.
        frozen: whether the other layers keep their weights, whatever the training does.

    Returns:
        An initialized nn.HybridSequential on the net's device. Its frozen parameters get no
        gradients: their `grad_req` is "null".

    Raises:
        TypeError: no net.
        ValueError: the last layer is not dense, or its net is not initialized.
    """
    check_net(net)
    *body, head = net
    if not isinstance(head, nn.Dense) or head.weight._data is None:
        raise ValueError(
            f"the last layer is {head!r}, and must be a Dense layer that has weights: give a "
            "trained classifier"
        )
    device = head.weight.list_ctx()[0]
    fresh = nn.Dense(num_classes, in_units=head.weight.shape[1])
    fresh.initialize(init.MSRAPrelu("in", slope=0), ctx=device)
    tuned = nn.HybridSequential()
    tuned.add(*body, fresh)
    for layer in body:
        # The running means of a batch normalization have no gradients in any case.
        layer.collect_params().setattr("grad_req", "null" if frozen else "write")
    return tuned
