"""Data sets, samplers, loaders with workers, iterators and record files."""

import gzip
import hashlib
from pathlib import Path

from probes import folder, probe, probe_each, probe_lines

import mxnet as mx
import numpy
from mxnet import gluon, np

X = numpy.arange(20, dtype="float32").reshape(10, 2)
Y = numpy.arange(10, dtype="int32")


class Squares(gluon.data.Dataset):
    """Numbers of NumPy, made in the worker that is asked for them."""

    def __len__(self):
        return 6

    def __getitem__(self, i):
        return numpy.float32([i, i * i]), numpy.int64(i)


class Arrays(Squares):
    """Arrays of MXNet with shapes that are numbers of NumPy, made in the worker."""

    def __getitem__(self, i):
        return np.ones((numpy.int64(2), numpy.int64(3))) * i, i


def _first(batches):
    return [batch if isinstance(batch, (list, tuple)) else [batch] for batch in batches]


LOADERS = {
    "alone": {},
    "with workers": {"num_workers": 2},
    "with threads": {"num_workers": 2, "thread_pool": True},
    "with a worker and prefetching": {"num_workers": numpy.int64(1), "prefetch": 1},
}


@probe_each(LOADERS)
def a_loader_of_arrays(how):
    loader = gluon.data.DataLoader(gluon.data.ArrayDataset(X, Y), batch_size=4, **LOADERS[how])
    return _first(loader), len(loader)


@probe_each(("alone", "with workers", "with threads"))
def a_loader_of_numbers_of_numpy(how):
    return _first(gluon.data.DataLoader(Squares(), numpy.int64(3), **LOADERS[how]))


@probe_each(("alone", "with workers", "with threads"))
def a_loader_of_arrays_of_mxnet(how):
    return _first(gluon.data.DataLoader(Arrays(), 3, **LOADERS[how]))


@probe_each(("alone", "with workers"), legacy=True)
def a_legacy_loader(how):
    data = gluon.data.ArrayDataset(mx.nd.array(X), mx.nd.array(Y, dtype="int32"))
    return _first(gluon.data.DataLoader(data, 4, last_batch="discard", **LOADERS[how]))


@probe_each(("alone", "with workers"))
def a_loader_with_a_transform(how):
    data = gluon.data.ArrayDataset(X, Y).transform_first(lambda x: x * numpy.float32(2))
    return _first(gluon.data.DataLoader(data, 5, **LOADERS[how]))


@probe
def a_loader_of_an_old_kind():
    from mxnet.gluon.data.dataloader import DataLoaderV1

    loader = DataLoaderV1(gluon.data.ArrayDataset(X, Y), 5, num_workers=1)
    return _first(loader)


@probe
def a_shuffled_loader():
    loader = gluon.data.DataLoader(gluon.data.ArrayDataset(X, Y), 10, shuffle=True)
    ((x, y),) = loader
    return y, x


@probe
def a_worker_that_fails():
    class Failing(Squares):
        def __getitem__(self, i):
            return numpy.float32(1) / 0 if i else int("a")

    return list(gluon.data.DataLoader(Failing(), 2, num_workers=1))


SETS = """
len(data)
data[numpy.int64(3)]
data[3]
data[-1][1]
[y for _, y in data.take(numpy.int64(3))]
[y for _, y in data.filter(lambda pair: pair[1] % 2)]
len(data.shard(numpy.int64(3), 0))
[y for _, y in data.shard(3, 1)]
[y for _, y in data.sample(gluon.data.SequentialSampler(numpy.int64(2)))]
data.transform(lambda x, y: (x + 1, y))[0]
data.transform_first(lambda x: x + 1, lazy=False)[numpy.int64(1)]
gluon.data.SimpleDataset([1, 2])[numpy.int64(0)]
gluon.data.ArrayDataset([1, 2, 3])[1]
gluon.data.ArrayDataset(np.arange(3), [4, 5, 6])[numpy.int64(1)]
gluon.data.ArrayDataset(mx.nd.arange(3), numpy.arange(3))[1]
list(gluon.data.SequentialSampler(numpy.int64(3), start=1))
list(gluon.data.SequentialSampler(3))
sorted(gluon.data.RandomSampler(numpy.int64(5)))
list(gluon.data.RandomSampler(5))
list(gluon.data.FilterSampler(lambda y: y > 2, numpy.arange(5)))
list(gluon.data.BatchSampler(gluon.data.SequentialSampler(5), numpy.int64(2)))
list(gluon.data.BatchSampler(gluon.data.SequentialSampler(5), 2, "discard"))
list(gluon.data.BatchSampler(gluon.data.SequentialSampler(5), 2, "rollover"))
len(gluon.data.BatchSampler(gluon.data.SequentialSampler(5), 2))
list(gluon.contrib.data.IntervalSampler(numpy.int64(7), interval=numpy.int64(3)))
batchify([numpy.float32([1, 2]), numpy.float32([3, 4])])
batchify([numpy.float64([1, 2]), numpy.float64([3, 4])])
batchify([numpy.float32(1), numpy.float32(2)])
batchify([numpy.int64(1), numpy.int64(2)])
batchify([1, 2])
batchify([1.5, 2])
batchify([True, False])
batchify([numpy.bool_(True), numpy.bool_(False)])
batchify([(np.ones(2), 1), (np.zeros(2), 2)])
batchify([np.ones(2), np.ones(2)])
batchify([numpy.uint8([1]), numpy.uint8([2])])
batchify([[1, 2], [3, 4]])
shared([numpy.float32([1, 2]), numpy.float32([3, 4])])
shared([(np.ones(2), 1), (np.zeros(2), 2)])
shared([1, 2])
"""


def _names():
    from mxnet.gluon.data.dataloader import default_batchify_fn, default_mp_batchify_fn

    return {
        "mx": mx,
        "np": np,
        "numpy": numpy,
        "gluon": gluon,
        "data": gluon.data.ArrayDataset(X, Y),
        "batchify": default_batchify_fn,
        "shared": default_mp_batchify_fn,
    }


probe_lines(SETS, _names)


def _mnist_files(path):
    """Write four images and their labels, as pixels and as IDX files with and without gzip."""
    pixels = (numpy.arange(4 * 28 * 28) % 251).astype("uint8")
    files = {
        "x": numpy.array([2051, 4, 28, 28], ">i4").tobytes() + pixels.tobytes(),
        "y": numpy.array([2049, 4], ">i4").tobytes() + bytes([1, 2, 3, 4]),
    }
    for name, data in files.items():
        Path(path, name).write_bytes(data)
        Path(path, f"{name}.gz").write_bytes(gzip.compress(data))


@probe_each(("MNIST", "FashionMNIST"))
def gluon_reads(name):
    with folder() as path:
        _mnist_files(path)
        sums = [hashlib.sha1(Path(path, f"{n}.gz").read_bytes()).hexdigest() for n in "xy"]

        class Four(getattr(gluon.data.vision, name)):
            def _get_data(self):
                self._train_data = ("x.gz", sums[0])
                self._train_label = ("y.gz", sums[1])
                super()._get_data()

        data = Four(root=path)
        x, y = data[numpy.int64(3)]
        return len(data), x, y, next(iter(gluon.data.DataLoader(data, 2)))


@probe_each(("CIFAR10", "CIFAR100"))
def gluon_reads_colours_of(name):
    kinds = {"CIFAR10": 1, "CIFAR100": 2}[name]
    records = (numpy.arange(2 * (3072 + kinds)) % 251).astype("uint8")
    with folder() as path:
        Path(path, "f.bin").write_bytes(records.tobytes())
        reader = getattr(gluon.data.vision, name).__new__(getattr(gluon.data.vision, name))
        reader._fine_label = False
        return reader._read_batch(f"{path}/f.bin")


@probe_each(("pad", "discard", "roll_over"), legacy=True)
def an_iterator_over_arrays(last):
    batches = mx.io.NDArrayIter(
        {"a": X, "b": mx.nd.array(X)}, Y, numpy.int64(4), last_batch_handle=last
    )
    first = [(batch.data, batch.label, batch.pad) for batch in batches]
    batches.reset()
    descriptions = [str(d) for d in batches.provide_data + batches.provide_label]
    return first, descriptions, len(list(batches))


@probe(legacy=True)
def a_shuffled_iterator_over_arrays():
    batches = mx.io.NDArrayIter(X, Y, 5, shuffle=True)
    return [batch.label[0] for batch in batches]


@probe(legacy=True)
def an_iterator_over_a_sparse_array():
    batches = mx.io.NDArrayIter(mx.nd.array(X).tostype("csr"), Y, 5, last_batch_handle="discard")
    return [batch.data[0] for batch in batches]


@probe(legacy=True)
def resized_and_prefetched_iterators():
    batches = mx.io.ResizeIter(mx.io.NDArrayIter(X, Y, 5), numpy.int64(3))
    ahead = mx.io.PrefetchingIter(mx.io.NDArrayIter(X, Y, 5))
    return [batch.label[0] for batch in batches], [batch.label[0] for batch in ahead]


@probe(legacy=True)
def an_iterator_over_a_csv_file():
    with folder() as path:
        numpy.savetxt(f"{path}/x.csv", X, delimiter=",")
        numpy.savetxt(f"{path}/y.csv", Y)
        batches = mx.io.CSVIter(
            data_csv=f"{path}/x.csv",
            data_shape=(numpy.int64(2),),
            label_csv=f"{path}/y.csv",
            label_shape=(1,),
            batch_size=numpy.int64(5),
        )
        return [(batch.data[0], batch.label[0], batch.pad) for batch in batches]


@probe(legacy=True)
def an_iterator_over_a_libsvm_file():
    with folder() as path:
        with open(f"{path}/d", "w") as file:
            file.write("1 0:1.5 2:2\n0 1:1\n")
        batches = mx.io.LibSVMIter(
            data_libsvm=f"{path}/d", data_shape=(numpy.int64(3),), batch_size=1
        )
        return [(batch.data[0], batch.label[0]) for batch in batches]


@probe(legacy=True)
def an_iterator_over_mnist_files():
    with folder() as path:
        _mnist_files(path)
        batches = mx.io.MNISTIter(
            image=f"{path}/x", label=f"{path}/y", batch_size=numpy.int64(2), shuffle=False
        )
        return [(batch.data[0].sum(), batch.label[0]) for batch in batches]


@probe(legacy=True)
def a_description_of_data():
    from mxnet.io import DataDesc

    one = DataDesc("data", (numpy.int64(2), numpy.int64(3)), dtype=numpy.float16, layout="NC")
    return (
        repr(one),
        DataDesc.get_batch_axis("NCHW"),
        one.dtype,
        str(DataDesc.get_list([("a", (2,))], None)),
    )


@probe(legacy=True)
def bucketed_sentences():
    sentences = [[1, 2], [3, 4, 5], [1, 2], [2, 3, 4]]
    batches = mx.rnn.BucketSentenceIter(sentences, 2, buckets=[numpy.int64(2), 3], invalid_label=0)
    return sorted((b.bucket_key, b.data[0].asnumpy().tolist()) for b in batches)


@probe(legacy=True)
def sentences_in_buckets_of_their_lengths():
    batches = mx.rnn.BucketSentenceIter([[1, 2], [3, 4], [5, 6, 7], [8, 9, 1]], 2)
    return sorted((int(b.bucket_key), b.data[0].asnumpy().tolist()) for b in batches)


@probe(legacy=True)
def encoded_sentences():
    encoded, vocabulary = mx.rnn.encode_sentences([["a", "b"], ["b"]], start_label=numpy.int64(1))
    return encoded, {str(k): int(v) for k, v in vocabulary.items()}


LABELS = {
    "a number": 3,
    "a float": 2.5,
    "numpy.float32": numpy.float32(2.5),
    "numpy.int64": numpy.int64(3),
    "a list": [1.0, 2.0],
    "a tuple": (1, 2, 3),
    "an array": numpy.float32([1, 2, 3]),
    "an array of integers": numpy.arange(3),
    "an empty array": numpy.float32([]),
}


@probe_each(LABELS)
def packing_and_unpacking_a_label_that_is(kind):
    packed = mx.recordio.pack(mx.recordio.IRHeader(0, LABELS[kind], 7, 0), b"data")
    header, data = mx.recordio.unpack(packed)
    label = header.label if isinstance(header.label, numpy.ndarray) else float(header.label)
    return packed.hex(), header.flag, label, header.id, data.decode()


@probe
def record_files():
    with folder() as path:
        writer = mx.recordio.MXRecordIO(f"{path}/a", "w")
        for i in range(3):
            writer.write(bytes([i]) * 3)
        writer.close()
        reader = mx.recordio.MXRecordIO(f"{path}/a", "r")
        plain = [reader.read().hex() for _ in range(3)]
        writer = mx.recordio.MXIndexedRecordIO(f"{path}/i", f"{path}/b", "w")
        for i in range(3):
            writer.write_idx(numpy.int64(i), str(i).encode())
        writer.close()
        indexed = mx.recordio.MXIndexedRecordIO(f"{path}/i", f"{path}/b", "r")
        data = gluon.data.RecordFileDataset.__new__(gluon.data.RecordFileDataset)
        return plain, indexed.keys, indexed.read_idx(2).decode(), data is not None


@probe_each((0, 2))
def a_loader_of_a_record_file(workers):
    with folder() as path:
        writer = mx.recordio.MXIndexedRecordIO(f"{path}/d.idx", f"{path}/d.rec", "w")
        for i in range(4):
            header = mx.recordio.IRHeader(0, numpy.float32([i, 2 * i]), i, 0)
            writer.write_idx(i, mx.recordio.pack(header, bytes(4)))
        writer.close()
        data = gluon.data.RecordFileDataset(f"{path}/d.rec").transform(
            lambda record: mx.recordio.unpack(record)[0].label
        )
        return _first(gluon.data.DataLoader(data, 2, num_workers=workers))
