"""How many graphs `torch.compile` makes, for PyTorch and for Keras on it."""

graphs = []


def count(graph, inputs):
    """Stand for the compiler of `torch.compile`: run a graph as it is, and remember it."""
    graphs.append(graph)
    return graph.forward


def num_graphs(call):
    """Return how many graphs a call compiles."""
    before = len(graphs)
    call()
    return len(graphs) - before
