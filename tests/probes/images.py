"""Images: transforms of Gluon, augmenters and iterators of mx.image."""

import struct
import zlib

from probes import folder, probe, probe_each, probe_lines

import mxnet as mx
import numpy
from mxnet import gluon, np, npx
from mxnet.gluon.data.vision import transforms as t

# An even width: MXNet's flips leave the column in the middle unset.
PIXELS = (numpy.arange(6 * 4 * 3) * 7 % 256).astype("uint8").reshape(6, 4, 3)


def image():
    return np.array(PIXELS, dtype="uint8")


def png(pixels):
    """Return an image as the bytes of a PNG file."""
    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


TRANSFORMS = {
    "ToTensor": lambda: t.ToTensor(),
    "Cast": lambda: t.Cast(numpy.float32),
    "Resize": lambda: t.Resize(numpy.int64(4)),
    "Resize to width and height": lambda: t.Resize((numpy.int64(3), numpy.int64(4))),
    "Resize keeping the ratio": lambda: t.Resize(numpy.int64(4), keep_ratio=True),
    "CenterCrop": lambda: t.CenterCrop(numpy.int64(3)),
    "CenterCrop of two": lambda: t.CenterCrop((numpy.int64(2), 4)),
    "CropResize": lambda: t.CropResize(
        numpy.int64(1), 1, 3, numpy.int64(3), size=numpy.int64(2), interpolation=1
    ),
    "RandomResizedCrop": lambda: t.RandomResizedCrop(numpy.int64(4), scale=(0.5, 1)),
    "RandomFlipLeftRight": lambda: t.RandomFlipLeftRight(),
    "RandomFlipTopBottom": lambda: t.RandomFlipTopBottom(),
    "Compose": lambda: t.Compose([t.Resize(4), t.ToTensor(), t.Normalize(0.5, 0.25)]),
}
OF_FLOATS = {
    "RandomBrightness": lambda: t.RandomBrightness(numpy.float32(0.3)),
    "RandomContrast": lambda: t.RandomContrast(numpy.float32(0.3)),
    "RandomSaturation": lambda: t.RandomSaturation(0.3),
    "RandomHue": lambda: t.RandomHue(0.3),
    "RandomColorJitter": lambda: t.RandomColorJitter(0.1, 0.1, 0.1, 0.1),
    "RandomLighting": lambda: t.RandomLighting(numpy.float64(0.1)),
}
OF_TENSORS = {
    "Normalize": lambda: t.Normalize(numpy.float32(0.5), numpy.float32(0.25)),
    "Normalize by channel": lambda: t.Normalize((0.1, 0.2, 0.3), (0.5, 0.6, 0.7)),
    "Rotate": lambda: t.Rotate(numpy.float32(30)),
    "Rotate zooming": lambda: t.Rotate(30, zoom_in=True),
    "RandomRotation": lambda: t.RandomRotation((-30, 30)),
    "RandomApply": lambda: t.RandomApply(t.Normalize(0.5, 0.25), p=numpy.float32(0.9)),
}


@probe_each([name for name in TRANSFORMS if name != "CropResize"])
def transform(name):
    return TRANSFORMS[name]()(image())


@probe_each(OF_FLOATS)
def transform_of_colours(name):
    return OF_FLOATS[name]()(image().astype("float32"))


@probe_each([name for name in OF_TENSORS if "Rot" not in name])
def transform_of_a_tensor(name):
    return OF_TENSORS[name]()(image().astype("float32").transpose(2, 0, 1) / 255)


@probe_each(("Rotate", "Rotate zooming", "RandomRotation"), legacy=True)
def legacy_transform_of_a_tensor(name):
    return OF_TENSORS[name]()(mx.nd.array(PIXELS.transpose(2, 0, 1) / 255))


@probe_each(sorted({*TRANSFORMS, *OF_FLOATS}), legacy=True)
def legacy_transform(name):
    x = mx.nd.array(PIXELS, dtype="uint8")
    if name in OF_FLOATS:
        return OF_FLOATS[name]()(x.astype("float32"))
    return TRANSFORMS[name]()(x)


@probe_each(("ToTensor", "Resize"))
def transform_of_a_batch(name):
    batch = np.stack([image(), image()])
    return TRANSFORMS[name]()(batch)


FUNCTIONS = """
mx.image.imdecode(png(PIXELS))
mx.image.imdecode(png(PIXELS), flag=numpy.int64(0))
mx.image.imdecode(png(PIXELS), to_rgb=numpy.bool_(False))
mx.image.imdecode(numpy.frombuffer(png(PIXELS), dtype="uint8"))
mx.image.imdecode(b"not an image")
mx.image.imresize(x, numpy.int64(3), numpy.int64(4))
mx.image.imresize(x, 3, 4, interp=numpy.int64(0))
mx.image.resize_short(x, numpy.int64(4))
mx.image.scale_down((numpy.int64(4), 6), (numpy.int64(8), 3))
mx.image.fixed_crop(x, numpy.int64(1), 1, numpy.int64(3), 2)
mx.image.fixed_crop(x, 1, 1, 3, 2, size=(numpy.int64(4), 4))
mx.image.center_crop(x, (numpy.int64(3), numpy.int64(2)))[0]
mx.image.center_crop(x, (3, 2))[1]
mx.image.random_crop(x, (numpy.int64(3), 2))[1]
mx.image.random_size_crop(x, (3, 2), numpy.float32(0.5), (0.8, numpy.float64(1.2)))[1]
mx.image.random_size_crop(x, (3, 2), (numpy.float32(0.5), 1), (0.8, 1.2))[1]
mx.image.color_normalize(f, mx.nd.array([1, 2, 3]), mx.nd.array([2, 2, 2]))
mx.image.color_normalize(f, numpy.float32(2), None)
mx.image.copyMakeBorder(x, numpy.int64(1), 1, 0, numpy.int64(2))
mx.image.imrotate(g, numpy.float32(20))
mx.image.imrotate(nd.stack(g, g), mx.nd.array([20, numpy.float32(10)]), zoom_out=True)
mx.image.random_rotate(f.transpose((2, 0, 1)), (-10, numpy.int64(10)))
mx.nd.image.resize(x, size=(numpy.int64(3), numpy.int64(3)))
mx.nd.image.crop(x, numpy.int64(1), 1, 2, numpy.int64(2))
mx.nd.image.to_tensor(x)
mx.nd.image.normalize(mx.nd.image.to_tensor(x), mean=(numpy.float32(0.5),), std=0.5)
mx.nd.image.flip_left_right(x)
mx.nd.image.adjust_lighting(f, alpha=(numpy.float32(0.1), 0.2, 0.3))
mx.nd.image.random_brightness(f, numpy.float32(0.5), numpy.float64(1.5))
[type(a).__name__ for a in mx.image.CreateAugmenter((3, 4, 4), rand_crop=True, rand_mirror=True)]
[type(a).__name__ for a in every_augmenter()]
apply(every_augmenter())
apply(mx.image.CreateAugmenter((3, 4, 4), mean=True, std=True))
apply(mx.image.CreateAugmenter((3, 4, 4), mean=numpy.array([1, 2, 3]), std=numpy.array([2, 2, 2])))
apply([mx.image.CastAug(), mx.image.HueJitterAug(numpy.float32(0.2)), mx.image.RandomGrayAug(1)])
apply([mx.image.CastAug(), mx.image.LightingAug(0.1, numpy.ones(3), numpy.eye(3))])
apply([mx.image.SequentialAug([mx.image.CastAug(), mx.image.ResizeAug(numpy.int64(4))])])
apply([mx.image.RandomOrderAug([mx.image.CastAug(), mx.image.HorizontalFlipAug(1)])])
apply([mx.image.ForceResizeAug((numpy.int64(3), 3))])
[a.dumps() for a in mx.image.CreateAugmenter((3, 4, 4), brightness=0.1, mean=True)]
len(mx.image.CreateDetAugmenter((3, 4, 4), rand_crop=0.5, rand_pad=0.5, mean=True))
"""


def _names():
    def every_augmenter():
        return mx.image.CreateAugmenter(
            (3, 4, 4),
            resize=numpy.int64(5),
            rand_crop=True,
            rand_resize=numpy.bool_(True),
            rand_mirror=True,
            mean=numpy.float32([1, 2, 3]),
            std=numpy.float32([2, 2, 2]),
            brightness=numpy.float32(0.1),
            contrast=0.1,
            saturation=0.1,
            hue=0.1,
            pca_noise=0.1,
            rand_gray=0.1,
        )

    def apply(augmenters):
        x = mx.nd.array(PIXELS, dtype="uint8")
        for augmenter in augmenters:
            x = augmenter(x)
        return x

    x = mx.nd.array(PIXELS, dtype="uint8")
    f = x.astype("float32")
    return {**globals(), **locals(), "nd": mx.nd, "g": f.transpose((2, 0, 1))}


probe_lines(FUNCTIONS, _names, legacy=True)

NUMPY_FUNCTIONS = """
npx.image.imdecode(png(PIXELS))
npx.image.imresize(image(), numpy.int64(3), 4)
npx.image.resize_short(image(), numpy.int64(4))
npx.image.center_crop(image(), (numpy.int64(3), 2))[0]
npx.image.to_tensor(image())
npx.image.normalize(npx.image.to_tensor(image()), (0.5, 0.5, numpy.float32(0.5)), (1, 1, 2))
npx.image.resize(image(), (numpy.int64(3), 3))
npx.image.crop(image(), 1, 1, numpy.int64(2), 2)
npx.image.random_brightness(image().astype("float32"), 0.5, numpy.float32(1.5))
npx.image.random_hue(image().astype("float32"), 0.5, 1.5)
npx.image.random_color_jitter(image().astype("float32"), 0.1, 0.1, 0.1, 0.1)
npx.image.random_lighting(image().astype("float32"), numpy.float32(0.1))
npx.image.random_flip_left_right(image())
npx.image.adjust_lighting(image().astype("float32"), (0.1, 0.2, 0.3))
npx.image.color_normalize(image().astype("float32"), np.array([1.0, 2, 3]))
"""

probe_lines(
    NUMPY_FUNCTIONS,
    lambda: {"npx": npx, "np": np, "numpy": numpy, "png": png, "PIXELS": PIXELS, "image": image},
)


def _image_files(path, count=4):
    for i in range(count):
        with open(f"{path}/{i}.png", "wb") as file:
            file.write(png(PIXELS + numpy.uint8(i)))
    return [[numpy.float32(i), f"{i}.png"] for i in range(count)]


BOXES = numpy.float32([[0, 0.1, 0.1, 0.6, 0.7], [1, 0.4, 0.3, 0.9, 0.9]])
OF_BOXES = {
    "crop": lambda: mx.image.DetRandomCropAug(numpy.float32(0.1), area_range=(0.3, 1)),
    "pad": lambda: mx.image.DetRandomPadAug(area_range=(1.5, numpy.float64(3))),
    "flip": lambda: mx.image.DetHorizontalFlipAug(numpy.float32(1)),
    "borrow": lambda: mx.image.DetBorrowAug(mx.image.CastAug()),
    "select": lambda: mx.image.DetRandomSelectAug([mx.image.DetHorizontalFlipAug(1)], 0.5),
    "several": lambda: mx.image.CreateMultiRandCropAugmenter([0.1, 0.3], area_range=(0.3, 1)),
    "all": lambda: AllOfThem(
        mx.image.CreateDetAugmenter(
            (3, 8, 8),
            resize=9,
            rand_crop=0.9,
            rand_pad=0.9,
            rand_gray=0.5,
            rand_mirror=True,
            mean=True,
            std=True,
            brightness=0.1,
            contrast=0.1,
            saturation=0.1,
            pca_noise=0.1,
            hue=0.1,
        )
    ),
}


class AllOfThem:
    def __init__(self, augmenters):
        self.augmenters = augmenters

    def __call__(self, x, label):
        for augmenter in self.augmenters:
            x, label = augmenter(x, label)
        return x, label


@probe_each(OF_BOXES, legacy=True)
def augmenter_of_boxes(name):
    x = mx.nd.array(numpy.tile(PIXELS, (3, 3, 1)), dtype="uint8")
    augmenter = OF_BOXES[name]()
    return [(y.shape, label) for y, label in (augmenter(x, BOXES.copy()) for _ in range(3))]


@probe(legacy=True)
def an_iterator_over_image_files():
    with folder() as path:
        files = [[int(label), name] for label, name in _image_files(path)]
        batches = mx.image.ImageIter(
            batch_size=numpy.int64(2),
            data_shape=(3, 4, 4),
            imglist=files,
            path_root=path,
            aug_list=mx.image.CreateAugmenter((3, 4, 4)),
        )
        return [(batch.label[0], batch.data[0].shape, batch.data[0].sum()) for batch in batches]


@probe(legacy=True)
def an_iterator_over_records():
    with folder() as path:
        writer = mx.recordio.MXIndexedRecordIO(f"{path}/d.idx", f"{path}/d.rec", "w")
        for i in range(4):
            header = mx.recordio.IRHeader(0, numpy.float32(i), i, 0)
            writer.write_idx(i, mx.recordio.pack(header, png(PIXELS)))
        writer.close()
        python = mx.image.ImageIter(
            2, (3, 4, 4), path_imgrec=f"{path}/d.rec", path_imgidx=f"{path}/d.idx"
        )
        cpp = mx.io.ImageRecordIter(
            path_imgrec=f"{path}/d.rec",
            data_shape=(3, numpy.int64(4), numpy.int64(4)),
            batch_size=numpy.int64(2),
            preprocess_threads=1,
            mean_r=numpy.float32(3),
        )
        return [[(b.label[0], b.data[0].sum()) for b in batches] for batches in (python, cpp)]


@probe(legacy=True)
def an_iterator_over_boxes():
    with folder() as path:
        _image_files(path, 2)
        label = [2, 5, 0, 0.1, 0.1, 0.5, 0.5]
        batches = mx.image.ImageDetIter(
            2,
            (3, 4, 4),
            imglist=[[*label, "0.png"], [*label, "1.png"]],
            path_root=path,
            aug_list=mx.image.CreateDetAugmenter((3, 4, 4), rand_mirror=True),
        )
        return [(batch.label[0], batch.data[0].shape) for batch in batches]


@probe_each((0, 1))
def image_datasets(flag):
    with folder() as path:
        import os

        os.mkdir(f"{path}/cat")
        _image_files(f"{path}/cat", 2)
        folders = gluon.data.vision.ImageFolderDataset(path, flag=flag)
        x, label = folders[numpy.int64(1)]
        return x, label, folders.synsets, len(folders)


@probe
def a_dataset_of_image_records():
    with folder() as path:
        writer = mx.recordio.MXIndexedRecordIO(f"{path}/d.idx", f"{path}/d.rec", "w")
        for i in range(3):
            header = mx.recordio.IRHeader(0, numpy.float32([i, i + 1]), i, 0)
            writer.write_idx(i, mx.recordio.pack(header, png(PIXELS)))
        writer.close()
        data = gluon.data.vision.ImageRecordDataset(f"{path}/d.rec")
        return len(data), data[numpy.int64(2)]
