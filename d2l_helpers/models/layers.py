"""Layers that Gluon does not have."""

from mxnet.gluon import nn


def _made_for_grey_images(net):
    """Return a net that `validation.warn_if_coloured` knows."""
    net.made_for_channels = 1
    return net


class LRN(nn.HybridBlock):
    """Local response normalization: each value is damped by its neighbours in other channels.

    b = a / (k + alpha / n * sum of a^2 over n channels)^beta, with k = 2, n = 5, alpha = 1e-4 and
    beta = 0.75. Source: the paper, section 3.3. Its printed formula does not divide alpha by n;
    its code does, and so do MXNet, Caffe and PyTorch.
    """

    def __init__(self, channels=5, alpha=1e-4, beta=0.75, k=2.0, **kwargs):
        super().__init__(**kwargs)
        self._settings = {"nsize": channels, "alpha": alpha, "beta": beta, "knorm": k}

    def hybrid_forward(self, F, x):
        # MXNet has the operator for its older interface only.
        return F.LRN(x.as_nd_ndarray(), **self._settings).as_np_ndarray()
