"""Write an ONNX file and check it, or run one; runs in the environment that `make onnx` makes.

onnx_graph.py write graph.json weights.npz model.onnx
onnx_graph.py run model.onnx images.npy outputs.npz

d2l_helpers/export/onnx.py says what a graph.json holds.
"""

import json
import sys

import numpy

OPSET, IR_VERSION = 17, 8  # of 2022, which each version of onnxruntime since then reads


def write(graph_file, weights_file, model_file):
    """Write a model of the nodes in a JSON file and the weights in an .npz file, and check it."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    with open(graph_file, encoding="utf-8") as file:
        graph = json.load(file)
    weights = numpy.load(weights_file, allow_pickle=False)
    nodes = [
        helper.make_node(
            node["op"], node["inputs"], [node["output"]], node["output"], **node["attributes"]
        )
        for node in graph["nodes"]
    ]
    values = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *shape[1:]])
        for name, shape in [*graph["inputs"].items(), *graph["outputs"].items()]
    ]
    num_inputs = len(graph["inputs"])
    body = helper.make_graph(
        nodes,
        "net",
        values[:num_inputs],
        values[num_inputs:],
        [numpy_helper.from_array(weights[name], name) for name in weights.files],
    )
    model = helper.make_model(
        body,
        producer_name="d2l_helpers",
        ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid("", OPSET)],
    )
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, model_file)


def run(model_file, images_file, outputs_file):
    """Send images through a model, and write its outputs by name."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors; it warns of processors that it does not know
    session = onnxruntime.InferenceSession(model_file, options, ["CPUExecutionProvider"])
    images = numpy.load(images_file, allow_pickle=False)
    image = session.get_inputs()[0]
    if not fits(images.shape, image.shape):
        wanted = ", ".join(str(length or "any") for length in image.shape)
        sys.exit(f"{model_file} takes images of shape ({wanted}), and these are {images.shape}")
    outputs = session.run(None, {image.name: images})
    names = [output.name for output in session.get_outputs()]
    numpy.savez(outputs_file, **dict(zip(names, outputs)))


def fits(shape, wanted):
    """Return whether a shape is one that a model takes, in which a length may be a name or None."""
    lengths = zip(shape, wanted)
    return len(shape) == len(wanted) and all(
        length == number for length, number in lengths if isinstance(number, int)
    )


if __name__ == "__main__":
    command, *files = sys.argv[1:]
    {"write": write, "run": run}[command](*files)
