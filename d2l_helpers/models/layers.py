"""Layers that Gluon does not have (lesson 08)."""

from mxnet.gluon import nn


def made_for_grey_images(net):
    """Return a net with the mark that `validation.warn_if_coloured` looks for."""
    net.made_for_channels = 1
    return net


class LRN(nn.HybridBlock):
    """Local response normalization: each value is damped by its neighbours in other channels.

    b = a / (k + alpha / n * sum of a^2 over n channels)^beta, with k = 2, n = 5, alpha = 1e-4 and
    beta = 0.75. Source: the paper, section 3.3. Its printed formula does not divide alpha by n;
    the authors' program does, and so do MXNet, Caffe and PyTorch.
    """

    def __init__(self, channels=5, alpha=1e-4, beta=0.75, k=2.0, **kwargs):
        super().__init__(**kwargs)
        self._settings = {"nsize": channels, "alpha": alpha, "beta": beta, "knorm": k}

    def __repr__(self):
        # Whole, since a checkpoint tells nets apart by it.
        return f"LRN({', '.join(f'{name}={value:g}' for name, value in self._settings.items())})"

    def hybrid_forward(self, F, x):
        # MXNet has the operator for its older interface only.
        return F.LRN(x.as_nd_ndarray(), **self._settings).as_np_ndarray()


def tensorflow_lrn(depth_radius=5, bias=1.0, alpha=1.0, beta=0.5):
    """Return an LRN that computes what TensorFlow's does, with its arguments and defaults.

    b = a / (bias + alpha * sum of a^2 over 2 * depth_radius + 1 channels)^beta. Source: tutorial
    T4, which leaves tf.nn.local_response_normalization at its defaults.
    """
    channels = 2 * depth_radius + 1
    # TensorFlow multiplies each square by alpha, MXNet by alpha / channels.
    return LRN(channels, channels * alpha, beta, bias)
