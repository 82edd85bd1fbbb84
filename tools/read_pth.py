"""Convert a file of PyTorch's weights to safetensors; runs in PyTorch's own environment.

read_pth.py weights.pth weights.safetensors

The file is a pickle, which could name any function to call. `weights_only=True` refuses all but
those that make tensors, before it calls one.
"""

import os
import pickle
import sys

import torch
from safetensors.numpy import save_file


def read(path):
    """Return the tensors in a file by name."""
    try:
        held = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        unsafe = str(error).split("Please file")[0].splitlines()
        named = next((line.strip() for line in unsafe if "GLOBAL" in line), unsafe[0])
        sys.exit(f"{path} holds more than weights, or is damaged, and is not read: {named}")
    except Exception as error:  # as many kinds as there are ways to damage a file
        message = f"{path} is damaged, or no file of PyTorch's weights: {error}"
        sys.exit(message.splitlines()[0])  # the lines after the first are frames of C++
    if are_weights(held):
        return held
    if not isinstance(held, dict) or not held:
        sys.exit(f"{path} holds no weights by name but a {type(held).__name__}")
    # A checkpoint of a training run: its weights lie beside the epoch, the optimizer and more.
    names = [name for name, value in held.items() if are_weights(value)]
    if len(names) != 1:
        kinds = ", ".join(f"{name!r} ({type(value).__name__})" for name, value in held.items())
        sys.exit(
            f"{path} holds {kinds}, and it is not clear which are the weights; save "
            "model.state_dict() alone"
        )
    print(f"took the weights under {names[0]!r}")
    return held[names[0]]


def check_size(path, weights):
    """End if the tensors are not there as plain numbers, or repeat numbers that the file has once.

    Numbers of half precision take twice as many bytes in the end, and some nets use a matrix twice.
    """
    for name, tensor in weights.items():
        if tensor.layout != torch.strided or tensor.device.type != "cpu":
            sys.exit(f"{path} holds {name!a} in another form than plain numbers")
    needed = sum(tensor.numel() * max(4, tensor.element_size()) for tensor in weights.values())
    if needed > 4 * os.path.getsize(path) + 2**20:
        sys.exit(f"{path} would grow to {needed:,} bytes: its tensors repeat their numbers")


def are_weights(value):
    """Return whether a value is a dict of tensors by name, and has some."""
    is_dict = isinstance(value, dict) and len(value) > 0
    return is_dict and all(isinstance(tensor, torch.Tensor) for tensor in value.values())


if __name__ == "__main__":
    source, target = sys.argv[1:]
    tensors = read(source)
    check_size(source, tensors)
    weights = {
        # NumPy has no bfloat16, and the course computes in float32.
        name: (value.float() if value.is_floating_point() else value).contiguous().numpy()
        for name, value in tensors.items()
    }
    save_file(weights, target)
