"""Files of many kinds, each with its pixels, computed apart from the code that is tested, or with its reason."""

import gzip
import io
import json
import struct
import zipfile
import zlib
from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image, features

from .writers import bmp, png, tiff

HEIGHT, WIDTH = 19, 23


@dataclass(frozen=True, eq=False)
class Member:
    """A file, with its pixels (within a tolerance) and words of a note, or with words of its reason.

    `needs` names a library without which it cannot be read. `is_one` says that nothing may be said about frames.
    """

    name: str
    data: bytes
    pixels: np.ndarray | None = None
    tolerance: float = 0
    reason: str = ""
    note: str = ""
    needs: str = ""
    is_one: bool = False


def ramp(n_samples=1, top=255):
    """Return whole numbers from 0 to `top`, which differ in rows, columns and samples."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    return np.stack(
        [((rows * (3 + index) + columns * (5 - index) + 7 * index) % 41) * top // 40 for index in range(n_samples)],
        axis=-1,
    )


def gray(values):
    """Return gray pixels for values of shape (height, width, 1), 0-255."""
    return np.repeat(np.rint(values), 3, axis=2)


def on_white(colors, alpha, top=255):
    """Return colors, 0-255, on white; the alpha is within 0-`top`."""
    return colors * (alpha / top) + 255 * (1 - alpha / top)


TURNS = {  # from the upright image to what the file stores for an orientation
    1: lambda values: values,
    2: lambda values: values[:, ::-1],
    3: lambda values: values[::-1, ::-1],
    4: lambda values: values[::-1],
    5: lambda values: values.transpose(1, 0, 2),
    6: lambda values: values.transpose(1, 0, 2)[::-1],
    7: lambda values: values.transpose(1, 0, 2)[::-1, ::-1],
    8: lambda values: values.transpose(1, 0, 2)[:, ::-1],
}


@cache
def members():
    """Return all members."""
    good = [
        *gray_tiffs(),
        *with_missing_data(),
        *color_tiffs(),
        *alpha_tiffs(),
        *other_tiffs(),
        *pngs(),
        *bmps(),
        *pnms(),
        *psds(),
        *by_pillow(),
    ]
    good += [*turned(), *animations(), *dicoms()]
    return good + list(truncated(good)) + list(misnamed(good)) + list(no_images())


def gray_tiffs():
    whole = {1: 1, 2: 3, 4: 15, 8: 255, 12: 4095, 16: 65535}
    for order in "<>":
        for photometric in (0, 1):
            for bits, top in whole.items():
                values = ramp(1, top).astype(np.uint8 if bits <= 8 else np.uint16)
                shades = 255 * values.astype(float) / top
                expected = gray(255 - shades if photometric == 0 else shades)
                name = f"tiff-gray-{bits}-{'white' if photometric == 0 else 'black'}IsZero-{order}"
                for compression, how in ((1, ""), (8, "-deflate"), (32773, "-packbits")):
                    data = tiff(values, photometric=photometric, bits=bits, order=order, compression=compression)
                    yield Member(name + how, data, expected, bits > 8, needs="imagecodecs" if bits == 12 else "")
            for kind, values, shades in typed():
                data = tiff(values, photometric=photometric, order=order)
                expected = gray(255 - shades if photometric == 0 else shades)
                white = "white" if photometric == 0 else "black"
                yield Member(f"tiff-gray-{kind}-{white}IsZero-{order}", data, expected, 1)


def typed():
    """Yield the name of a type, values of it, and the shades 0-255 that the documentation says they have."""
    steps = ramp(1, 40)
    for kind in ("uint32", "int16", "int32", "int64", "uint64"):
        top = 32000 if kind == "int16" else 65535
        values = (steps * (top // 40)).astype(kind)
        yield kind, values, values / 257.0
    yield "int8", (steps - 20).astype(np.int8), steps * (255 / 40)
    yield "int16-negative", (steps * 100 - 1000).astype(np.int16), steps * (255 / 40)
    yield "uint32-large", (steps * 10**8).astype(np.uint32), steps * (255 / 40)
    yield "uint64-large", steps.astype(np.uint64) * 10**17, steps * (255 / 40)
    yield "int64-large", (steps.astype(np.int64) - 7) * 10**17, steps * (255 / 40)
    for kind in ("float16", "float32", "float64"):
        yield f"{kind}-fraction", (steps / 40).astype(kind), steps * (255 / 40)
        yield f"{kind}-byte", (steps * 6).astype(kind), steps * 6.0
        yield f"{kind}-stretched", (steps * 100 - 2000).astype(kind), steps * (255 / 40)


def with_missing_data():
    for kind in ("float16", "float32", "float64"):
        for mark in (np.nan, np.inf, -np.inf):
            values = ramp(1, 40).astype(kind) / 40
            values[3:9, 5:] = mark
            expected = np.where(np.isfinite(values), 255 * values, 0)
            yield Member(f"tiff-gray-{kind}-{mark}", tiff(values), gray(expected), 1, note="no finite numbers")
            values = ramp(3, 40).astype(kind) / 40
            values[3:9, 5:, 1] = mark
            expected = np.where(np.isfinite(values).all(axis=2, keepdims=True), 255 * values, 0)
            data = tiff(values, photometric=2)
            yield Member(f"tiff-rgb-{kind}-{mark}", data, expected, 1, note="no finite numbers")


def color_tiffs():
    for order in "<>":
        for planar in (1, 2):
            for tile in (None, 16):
                for kind, top, scale in (("uint8", 255, 1), ("uint16", 65535, 1 / 257), ("float32", 1, 255)):
                    values = (ramp(3, 40) * top / 40).astype(kind)
                    for compression in (1, 8):
                        data = tiff(
                            values, photometric=2, order=order, planar=planar, tile=tile, compression=compression
                        )
                        name = f"tiff-rgb-{kind}-{order}-planar{planar}-tile{tile}-{compression}"
                        yield Member(name, data, np.rint(values * float(scale)), 1 if kind != "uint8" else 0)


def alpha_tiffs():
    colors = ramp(3)
    opaque_half = np.where(np.arange(WIDTH) < 12, 255, 51)[None, :, None].repeat(HEIGHT, 0)
    half = 51 * np.ones((HEIGHT, WIDTH, 1), int)
    for bits, factor in ((8, 1), (16, 257)):
        kind = f"uint{bits}"

        def both(shades, alpha, factor=factor, kind=kind):
            return (np.concatenate([shades, alpha], axis=2) * factor).astype(kind)

        for name, alpha in (("half", half), ("parts", opaque_half)):
            expected = on_white(colors, alpha)
            yield Member(f"tiff-rgba-{bits}-{name}", tiff(both(colors, alpha), photometric=2, extra=[2]), expected, 1)
            times = np.rint(colors * alpha / 255).astype(int)
            data = tiff(both(times, alpha), photometric=2, extra=[1])
            yield Member(f"tiff-rgba-{bits}-premultiplied-{name}", data, expected, 4)
            shade = ramp(1)
            data = tiff(both(shade, alpha), photometric=1, extra=[2])
            yield Member(f"tiff-la-{bits}-{name}", data, gray(on_white(shade, alpha)), 1)
            data = tiff(both(np.rint(shade * alpha / 255).astype(int), alpha), photometric=1, extra=[1])
            yield Member(f"tiff-la-{bits}-premultiplied-{name}", data, gray(on_white(shade, alpha)), 4)
        for tag in (1, 2):
            data = tiff(both(colors, 0 * half), photometric=2, extra=[tag])
            yield Member(f"tiff-rgba-{bits}-zero-{tag}", data, colors, 0, note="transparent")
            data = tiff(both(ramp(1), 0 * half), photometric=1, extra=[tag])
            yield Member(f"tiff-la-{bits}-zero-{tag}", data, gray(ramp(1)), 0, note="transparent")
        infrared = 20 + ramp(4, 200)[..., 3:]
        for extra in ([2], None):
            data = tiff(both(colors, infrared), photometric=2, extra=extra)
            yield Member(f"tiff-nir-{bits}-{extra}", data, colors, 0, note="infrared")
        soil = np.where(np.arange(HEIGHT)[:, None, None] < 9, [40, 90, 30, 220], [90, 70, 60, 30])
        soil = soil.repeat(WIDTH, axis=1)
        data = tiff((soil * factor).astype(kind), photometric=2, extra=[2])
        yield Member(f"tiff-nir-{bits}-two-levels", data, soil[..., :3], 0, note="infrared")
        data = tiff(both(colors, infrared), photometric=2, extra=[0])
        yield Member(f"tiff-rgbx-{bits}", data, colors, 0, note="first channels")
    border = np.concatenate([colors, 20 + ramp(4, 200)[..., 3:]], axis=2)
    border[:, :14] = 0
    data = tiff(border.astype(np.uint8), photometric=2, extra=[2])
    yield Member("tiff-nir-8-black-border", data, border[..., :3], 0, note="infrared")
    for name, dry in (("water", infrared), ("cutout", 255 + 0 * infrared)):
        alpha = np.where(np.arange(HEIGHT)[:, None, None] < 12, 0, np.minimum(dry, 83 if name == "water" else 255))
        data = tiff(np.concatenate([colors, alpha], axis=2).astype(np.uint8), photometric=2, extra=[2])
        yield Member(f"tiff-rgba-8-hidden-{name}", data, on_white(colors, alpha), 1, note="alpha hides colors")
        data = png(np.concatenate([colors, alpha], axis=2), 8, 6)
        yield Member(f"png-rgba-8-hidden-{name}", data, on_white(colors, alpha), 1, note="alpha hides colors")
    shadow = np.clip(ramp(1, 400) - 100, 0, 255)
    shadow[5:] = 255
    data = tiff(np.concatenate([colors, shadow], axis=2).astype(np.uint8), photometric=2, extra=[2])
    yield Member("tiff-rgba-8-soft-edge", data, on_white(colors, shadow), 1)


def other_tiffs():
    for kind, top, scale in (("uint8", 255, 1), ("uint16", 65535, 1 / 257), ("float64", 1, 255), ("float32", 255, 1)):
        for n_samples, extra in ((5, [0] * 4), (6, [0] * 5), (2, [0])):
            values = (ramp(max(n_samples, 1), 40)[..., :n_samples] * top / 40).astype(kind)
            n_colors = 3 if n_samples >= 3 else 1
            expected = np.rint(values[..., :n_colors] * float(scale))
            expected = expected if n_colors == 3 else gray(expected)
            for planar in (1, 2):
                data = tiff(values, extra=extra, planar=planar)
                yield Member(f"tiff-bands-{kind}-{n_samples}-planar{planar}", data, expected, 1, note="first channels")
        values = (ramp(5, 40) * top / 40).astype(kind)
        data = tiff(values, photometric=2, extra=[0, 0])
        yield Member(f"tiff-rgbxx-{kind}", data, np.rint(values[..., :3] * float(scale)), 1, note="first channels")
    inks = ramp(4)
    expected = (255 - inks[..., :3]) * (255 - inks[..., 3:]) / 255
    for kind, factor in (("uint8", 1), ("uint16", 257)):
        values = (inks * factor).astype(kind)
        yield Member(f"tiff-cmyk-{kind}", tiff(values, photometric=5), expected, 2)
        opaque = np.full_like(values[..., :1], 255 * factor)
        for extra in (0, 1, 2):
            data = tiff(np.concatenate([values, opaque], axis=2), photometric=5, extra=[extra])
            yield Member(f"tiff-cmyk-{kind}-extra{extra}", data, expected, 2)
    for order in "<>":
        data = tiff(ramp(3).astype(np.uint8), photometric=2, order=order, big=True)
        yield Member(f"bigtiff-rgb-{order}", data, ramp(3))
        data = tiff((ramp(5) * 257).astype(np.uint16), order=order, big=True, extra=[0] * 4)
        yield Member(f"bigtiff-5-{order}", data, ramp(5)[..., :3], 1)
    for bits in (1, 2, 4, 8):
        colors = (np.arange(3 * 2**bits).reshape(3, -1) * 37) % 256
        indices = ramp(1, 2**bits - 1).astype(np.uint8)
        expected = colors.T[indices[..., 0]]
        for kind, factor in (("16", 257), ("8", 1)):
            data = tiff(indices, photometric=3, bits=bits, colormap=(colors * factor).ravel())
            yield Member(f"tiff-palette-{bits}-of-{kind}", data, expected)
    strips = tiff(ramp(3).astype(np.uint8), photometric=2, rows_per_strip=4)
    yield Member("tiff-strips", strips, ramp(3))


def pngs():
    for bits in (1, 2, 4, 8, 16):
        top = 2**bits - 1
        for interlaced in (False, True):
            values = ramp(1, top)
            shades = gray(values * (255 / top))
            yield Member(f"png-gray-{bits}-{interlaced}", png(values, bits, 0, interlaced=interlaced), shades, bits > 8)
            clear = int(values[0, 0, 0])
            data = png(values, bits, 0, before=[(b"tRNS", struct.pack(">H", clear))], interlaced=interlaced)
            yield Member(f"png-gray-{bits}-clear-{interlaced}", data, np.where(values == clear, 255, shades), bits > 8)
            if bits >= 8:
                colors = ramp(3, top)
                expected = np.rint(colors * (255 / top))
                yield Member(f"png-rgb-{bits}-{interlaced}", png(colors, bits, 2, interlaced=interlaced), expected, 1)
                clear = colors[0, 0]
                data = png(colors, bits, 2, before=[(b"tRNS", struct.pack(">HHH", *clear))], interlaced=interlaced)
                is_clear = (colors == clear).all(axis=2, keepdims=True)
                yield Member(f"png-rgb-{bits}-clear-{interlaced}", data, np.where(is_clear, 255, expected), 1)
                alpha = np.broadcast_to(np.where(np.arange(WIDTH) < 9, top, top // 5)[None, :, None], values.shape)
                for color_type, samples, flat in ((4, values, shades), (6, colors, expected)):
                    data = png(np.concatenate([samples, alpha], axis=2), bits, color_type, interlaced=interlaced)
                    kind = "la" if color_type == 4 else "rgba"
                    yield Member(f"png-{kind}-{bits}-{interlaced}", data, on_white(flat, alpha, top), 1)
                    data = png(np.concatenate([samples, 0 * alpha], axis=2), bits, color_type, interlaced=interlaced)
                    yield Member(f"png-{kind}-{bits}-zero-{interlaced}", data, flat, 1, note="transparent")
            if bits <= 8:
                table = (np.arange(3 * 2**bits).reshape(-1, 3) * 29) % 256
                palette = (b"PLTE", table.astype(np.uint8).tobytes())
                expected = table[values[..., 0]]
                data = png(values, bits, 3, before=[palette], interlaced=interlaced)
                yield Member(f"png-palette-{bits}-{interlaced}", data, expected)
                data = png(values, bits, 3, before=[palette, (b"tRNS", b"\x33")], interlaced=interlaced)
                first = on_white(expected, 51)
                yield Member(f"png-palette-{bits}-clear-{interlaced}", data, np.where(values == 0, first, expected), 1)
                data = png(values, bits, 3, before=[palette, (b"tRNS", bytes(2**bits))], interlaced=interlaced)
                yield Member(f"png-palette-{bits}-zero-{interlaced}", data, expected, note="transparent")
    empty = png(np.zeros((HEIGHT, WIDTH, 4), int), 8, 6)
    yield Member("png-empty-canvas", empty, np.full((HEIGHT, WIDTH, 3), 255))
    colors = ramp(3)
    long = bytes(3 * 10**6)
    for name, chunk in {
        "iccp": (b"iCCP", b"profile\0\0" + zlib.compress(long)),
        "ztxt": (b"zTXt", b"Comment\0\0" + zlib.compress(long)),
        "itxt": (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(b" " * 3 * 10**6)),
        "bad-icc": (b"iCCP", b"profile\0\0not compressed"),
        "bad-ztxt": (b"zTXt", b"Comment\0\7" + zlib.compress(b"text")),
        "bad-phys": (b"pHYs", b"\0"),
    }.items():
        yield Member(f"png-metadata-{name}", png(colors, 8, 2, before=[chunk]), colors)
        yield Member(f"png-metadata-{name}-late", png(colors, 8, 2, after=[chunk]), colors)
    many = [(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(10**6)))] * 70
    yield Member("png-metadata-many", png(colors, 8, 2, before=many), colors)


def bmps():
    colors = ramp(3)
    blue_first = colors[::-1, :, ::-1].astype(np.uint8)
    padding = np.zeros((HEIGHT, -3 * WIDTH % 4), np.uint8)
    rows = np.concatenate([blue_first.reshape(HEIGHT, -1), padding], axis=1).tobytes()
    yield Member("bmp-24", bmp(rows, 24, WIDTH, HEIGHT), colors)
    upside = np.concatenate([blue_first[::-1].reshape(HEIGHT, -1), padding], axis=1).tobytes()
    yield Member("bmp-24-top-down", bmp(upside, 24, WIDTH, -HEIGHT), colors)
    for alpha in (0, 255):
        four = np.concatenate([blue_first, np.full((HEIGHT, WIDTH, 1), alpha, np.uint8)], axis=2)
        yield Member(f"bmp-32-alpha-{alpha}", bmp(four.tobytes(), 32, WIDTH, HEIGHT), colors)
        masks = struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
        note = "" if alpha else "transparent"
        info = struct.pack("<IiiHHIIiiII", 56, WIDTH, HEIGHT, 1, 32, 3, four.size, 0, 0, 0, 0) + masks
        start = 14 + len(info)
        data = b"BM" + struct.pack("<IHHI", start + four.size, 0, 0, start) + info + four.tobytes()
        yield Member(f"bmp-32-masks-alpha-{alpha}", data, colors, note=note)
    indices = ramp(1)[::-1, :, 0].astype(np.uint8)
    table = (np.arange(1024).reshape(-1, 4) * 13 % 256).astype(np.uint8)
    data = bmp(np.pad(indices, ((0, 0), (0, -WIDTH % 4))).tobytes(), 8, WIDTH, HEIGHT, palette=table.tobytes())
    yield Member("bmp-8", data, table[ramp(1)[..., 0], 2::-1])


def pnms():
    head = f"{WIDTH} {HEIGHT}\n".encode()
    values, colors = ramp(1), ramp(3)
    yield Member("pgm", b"P5\n" + head + b"255\n" + values.astype(np.uint8).tobytes(), gray(values))
    yield Member("ppm", b"P6\n" + head + b"255\n" + colors.astype(np.uint8).tobytes(), colors)
    yield Member("pgm-16", b"P5\n" + head + b"65535\n" + (values * 257).astype(">u2").tobytes(), gray(values))
    yield Member("ppm-16", b"P6\n" + head + b"65535\n" + (colors * 257).astype(">u2").tobytes(), colors)
    twelve = ramp(1, 4095)
    yield Member("pgm-12", b"P5\n" + head + b"4095\n" + twelve.astype(">u2").tobytes(), gray(twelve * (255 / 4095)), 1)
    text = " ".join(map(str, colors.ravel())).encode()
    yield Member("ppm-text", b"P3\n# words\n" + head + b"255\n" + text, colors)
    bits = ramp(1, 1)
    packed = np.packbits(bits[..., 0].astype(np.uint8), axis=1).tobytes()
    yield Member("pbm", b"P4\n" + head + packed, gray(255 * (1 - bits)))
    yield Member("pfm", b"Pf\n" + head + b"-1.0\n" + (values[::-1] / 255).astype("<f4").tobytes(), gray(values), 1)

    yield from netpbms()


def netpbms():
    """Yield images of PAM and PFM."""

    def pam(values, top, kind, *, comment=b""):
        depth = values.shape[2]
        head = f"WIDTH {WIDTH}\nHEIGHT {HEIGHT}\nDEPTH {depth}\nMAXVAL {top}\nTUPLTYPE {kind}\nENDHDR\n"
        return b"P7\n" + comment + head.encode() + values.astype("u1" if top < 256 else ">u2").tobytes()

    alpha = np.full((HEIGHT, WIDTH, 1), 1)
    for top in (255, 65535, 1000, 100):
        colors, values = ramp(3, top), ramp(1, top)
        shades, expected = values * (255 / top), colors * (255 / top)
        yield Member(f"pam-rgb-{top}", pam(colors, top, "RGB"), expected, 1)
        yield Member(f"pam-gray-{top}", pam(values, top, "GRAYSCALE", comment=b"# words\n"), gray(shades), 1)
        both = np.concatenate([colors, alpha * (top // 5)], axis=2)
        yield Member(f"pam-rgba-{top}", pam(both, top, "RGB_ALPHA"), on_white(expected, top // 5, top), 1)
        both = np.concatenate([values, alpha * (top // 5)], axis=2)
        yield Member(f"pam-la-{top}", pam(both, top, "GRAYSCALE_ALPHA"), gray(on_white(shades, top // 5, top)), 1)
    yield Member("pam-bits", pam(ramp(1, 1), 1, "BLACKANDWHITE"), gray(255 * ramp(1, 1)))
    yield Member("pam-5", pam(ramp(5), 255, "BANDS"), ramp(3), note="first channels")
    for order, scale in (("<", -1.0), (">", 1.0)):
        head = f"PF\n{WIDTH} {HEIGHT}\n{scale}\n".encode()
        data = head + (ramp(3)[::-1] / 255).astype(order + "f4").tobytes()
        yield Member(f"pfm-rgb-{order}", data, ramp(3), 1)


PSD_MODES = {"bitmap": 0, "gray": 1, "indexed": 2, "rgb": 3, "cmyk": 4, "multichannel": 7, "duotone": 8, "lab": 9}


def psd(planes, mode, bits, *, large=False, packed=False, palette=b"", resources=b"", layers=b""):
    """Return a Photoshop file of the raw rows of channels, of shape (channels, height, bytes)."""
    size = ">Q" if large else ">I"
    head = b"8BPS" + struct.pack(">H6xHIIHH", 1 + large, len(planes), HEIGHT, WIDTH, bits, PSD_MODES[mode])
    for section, kind in ((palette, ">I"), (resources, ">I"), (layers, size)):
        head += struct.pack(kind, len(section)) + section
    if not packed:
        return head + struct.pack(">H", 0) + planes.tobytes()
    rows = [pack_runs(row.tobytes()) for row in planes.reshape(-1, planes.shape[2])]
    return head + struct.pack(f">H{len(rows)}{'I' if large else 'H'}", 1, *map(len, rows)) + b"".join(rows)


def pack_runs(row):
    """Return a row in PackBits: a run of two bytes if it starts with one, then literal ones."""
    start, rest = (b"\xff" + row[:1], row[2:]) if row[:1] == row[1:2] else (b"", row)
    parts = [rest[at : at + 128] for at in range(0, len(rest), 128)]
    return start + b"".join(bytes([len(part) - 1]) + part for part in parts)


def planar(values, kind):
    """Return values of shape (height, width, n_samples) as the rows of one channel after the other."""
    planes = np.ascontiguousarray(np.moveaxis(values, -1, 0).astype(kind))
    return planes.view(np.uint8)


def psds():
    inks, light = ramp(4), ramp(3)
    of_inks = (255 - inks[..., :3]) * (255 - inks[..., 3:]) / 255
    alpha = np.full((HEIGHT, WIDTH, 1), 51)
    counts = {False: struct.pack(">Ih", 2, -1), True: struct.pack(">Qh", 2, -1)}
    deep_mark = b"\0" * 8 + b"8BIMMt16\0\0\0\0"
    for large in (False, True):
        for packed in (False, True):
            options = {"large": large, "packed": packed}
            name = f"ps{'b' if large else 'd'}{'-packed' if packed else ''}"
            for bits, kind, top in ((8, "u1", 255), (16, ">u2", 65535), (32, ">f4", 1)):

                def data(values, mode, bits=bits, kind=kind, top=top, options=options, **more):
                    return psd(planar(values * (top / 255), kind), mode, bits, **options, **more)

                close = bits > 8
                yield Member(f"{name}-gray-{bits}", data(light[..., :1], "gray"), gray(light[..., :1]), close)
                yield Member(f"{name}-rgb-{bits}", data(light, "rgb"), light, close)
                both = np.concatenate([light, alpha], axis=2)
                expected = on_white(light, 51)
                yield Member(f"{name}-rgba-{bits}", data(both, "rgb"), expected, 1)
                layers = counts[large] if bits == 8 else deep_mark
                laid = np.concatenate([expected, alpha], axis=2)  # as Photoshop does
                yield Member(f"{name}-rgba-layers-{bits}", data(laid, "rgb", layers=layers), expected, 1)
                note, shown = "first channels", gray(expected[..., :1])
                laid = np.concatenate([expected[..., :1], alpha, light[..., :1]], axis=2)
                yield Member(f"{name}-la-layers-{bits}", data(laid, "gray", layers=layers), shown, 1, note=note)
                clear = np.concatenate([light, 0 * alpha], axis=2)
                shown = np.full_like(light, 255)
                yield Member(f"{name}-rgba-clear-{bits}", data(clear, "rgb", layers=layers), shown, 1)
                for kind_of_mark, marks in (
                    ("layers", {"layers": struct.pack(">Qh" if large else ">Ih", 2, 1)}),
                    ("identifiers", {"resources": b"8BIM" + struct.pack(">HHII", 1053, 0, 4, 1)}),
                    ("names", {"resources": b"8BIM" + struct.pack(">HHI", 1006, 0, 8) + b"\7Alpha 1"}),
                ):
                    member = f"{name}-rgb-selection-{kind_of_mark}-{bits}"
                    yield Member(member, data(both, "rgb", **marks), light, close, note=note)
                if bits == 32:
                    continue
                yield Member(f"{name}-cmyk-{bits}", data(255 - inks, "cmyk"), of_inks, 2)
                clear = np.concatenate([255 - inks, 0 * alpha], axis=2)
                shown = np.full_like(light, 255)
                yield Member(f"{name}-cmyka-clear-{bits}", data(clear, "cmyk", layers=layers), shown, 1)
                yield Member(f"{name}-duotone-{bits}", data(light[..., :1], "duotone"), gray(light[..., :1]), close)
                first = gray(light[..., :1])
                yield Member(f"{name}-multichannel-{bits}", data(light, "multichannel"), first, close, note=note)
                if bits == 16 or large:
                    reason = "Lab colors, which nothing here reads: save it as PNG or TIFF"
                    yield Member(f"{name}-lab-{bits}", data(light, "lab"), reason=reason)
            ink = ramp(1, 1)
            rows = np.packbits(ink[..., 0].astype(np.uint8), axis=1)[None]
            yield Member(f"{name}-bitmap", psd(rows, "bitmap", 1, **options), gray(255 * (1 - ink)))
            table = (np.arange(768).reshape(3, 256) * 37 % 256).astype(np.uint8)
            data = psd(planar(light[..., :1], "u1"), "indexed", 8, palette=table.tobytes(), **options)
            yield Member(f"{name}-indexed", data, table.T[light[..., 0]])
    gray_lab = np.stack([ramp(1)[..., 0], *[np.full((HEIGHT, WIDTH), 128)] * 2], axis=-1)
    levels = ramp(1) * (100 / 255)  # CIE lightness, and the light and shade of sRGB that it has
    light_of = np.where(levels > 8, ((levels + 16) / 116) ** 3, levels / 903.3)
    shade = np.where(light_of > 0.0031308, 1.055 * light_of ** (1 / 2.4) - 0.055, 12.92 * light_of)
    yield Member("psd-lab-8", psd(planar(gray_lab, "u1"), "lab", 8), gray(255 * shade), 3)
    flat = b"8BIM" + struct.pack(">HHIIB", 1057, 0, 9, 1, 0) + bytes(5)
    data = psd(planar(light, "u1"), "rgb", 8, resources=flat)
    yield Member("psd-no-merged", data, reason="without its merged image: save it with Maximize Compatibility")
    zipped = bytearray(psd(planar(light, ">u2"), "rgb", 16))
    zipped[39] = 2
    yield Member("psd-zipped", bytes(zipped), reason="zipped, which nothing here reads: save it as PNG or TIFF")


def saved(image, file_format, **options):
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def smooth(height=40, width=48):
    rows, columns = np.mgrid[:height, :width]
    return np.stack([rows * 5, columns * 5, 250 - 2 * rows - 2 * columns], axis=-1).astype(np.uint8)


def by_pillow():
    colors, values = ramp(3).astype(np.uint8), ramp(1)[..., 0].astype(np.uint8)
    rgb, shade = Image.fromarray(colors), Image.fromarray(values)
    clear = Image.fromarray(np.dstack([colors, np.zeros_like(values)]))
    half = Image.fromarray(np.dstack([colors, np.full_like(values, 51)]))
    for file_format in ("TGA", "PCX", "SGI", "QOI", "DDS", "IM", "PNG", "TIFF", "BMP", "PPM"):
        yield Member(f"{file_format.lower()}-rgb", saved(rgb, file_format), colors)
    yield Member("tga-rle", saved(rgb, "TGA", compression="tga_rle"), colors)
    for file_format in ("TGA", "DDS", "SGI", "QOI", "TIFF", "PNG"):
        yield Member(f"{file_format.lower()}-rgba-zero", saved(clear, file_format), colors, note="transparent")
        yield Member(f"{file_format.lower()}-rgba-half", saved(half, file_format), on_white(colors, 51), 1)
    for image, name in ((clear, "zero"), (half, "half")):
        expected = colors if name == "zero" else on_white(colors, 51)
        note = "transparent" if name == "zero" else ""
        data = saved(image, "WEBP", lossless=True, exact=True)
        yield Member(f"webp-rgba-{name}", data, expected, 1, note=note)
        yield Member(f"jpeg2000-rgba-{name}", saved(image, "JPEG2000"), expected, 1, note=note)
    yield Member("webp-lossless", saved(rgb, "WEBP", lossless=True), colors)
    yield Member("jpeg2000", saved(rgb, "JPEG2000"), colors)
    yield Member("jpeg2000-gray", saved(shade, "JPEG2000"), gray(values[..., None]))
    deep = Image.fromarray(values.astype(np.uint16) * 257)
    yield Member("jpeg2000-gray-16", saved(deep, "JPEG2000"), gray(values[..., None]), 1)
    for file_format in ("PCX", "SGI", "TGA", "GIF", "IM"):
        yield Member(f"{file_format.lower()}-gray", saved(shade, file_format), gray(values[..., None]))
    bits = Image.fromarray(values > 100)
    expected = gray(255.0 * (values > 100)[..., None])
    for file_format in ("MSP", "XBM", "PCX", "TIFF"):
        options = {"compression": "group4"} if file_format == "TIFF" else {}
        yield Member(f"{file_format.lower()}-bits", saved(bits, file_format, **options), expected)
    for compression in ("tiff_lzw", "tiff_adobe_deflate", "packbits"):
        yield Member(f"tiff-{compression}", saved(rgb, "TIFF", compression=compression), colors)
        data = saved(deep, "TIFF", compression=compression)
        yield Member(f"tiff-{compression}-16", data, gray(values[..., None]), 1)
    soft = Image.fromarray(smooth())
    for name, image in (("rgb", soft), ("gray", soft.convert("L")), ("cmyk", soft.convert("CMYK"))):
        expected = np.asarray(image.convert("RGB"))
        yield Member(f"jpeg-{name}", saved(image, "JPEG", quality=95), expected, 12)
        yield Member(f"jpeg-{name}-progressive", saved(image, "JPEG", quality=95, progressive=True), expected, 12)
        if name != "cmyk":
            yield Member(f"webp-{name}", saved(image, "WEBP", quality=95), expected, 16)
    yield Member("tiff-jpeg", saved(soft, "TIFF", compression="jpeg", quality=95), smooth(), 16)
    yield Member("mpo", saved(soft, "MPO", save_all=True, append_images=[soft], quality=95), smooth(), 12)
    yield Member("ico", saved(Image.fromarray(smooth(32, 32)), "ICO", sizes=[(32, 32)]), smooth(32, 32))
    xpm = b'/* XPM */\nstatic char *x[] = {\n"3 1 2 1",\n"a c #102030",\n"b c #F0E0D0",\n"aba"};\n'
    one, other = [16, 32, 48], [240, 224, 208]
    yield Member("xpm", xpm, np.array([[one, other, one]]))
    for name, color, expected in (
        ("name", b"white", [255, 255, 255]),
        ("two-words", b"light gray", [211, 211, 211]),
        ("3-digits", b"#F0a", [255, 0, 170]),
        ("9-digits", b"#F00E00D00", other),
        ("12-digits", b"#F000E000D000", other),
        ("kinds", b"#F0E0D0 m black s mark", other),
        ("transparent", b"None", [255, 255, 255]),
    ):
        yield Member(f"xpm-{name}", xpm.replace(b"#F0E0D0", color), np.array([[one, expected, one]]))
    keys = [chr(65 + index // 26) + chr(65 + index % 26) for index in range(256)]
    deep = [f'"{key} c #{index:02x}{255 - index:02x}00",' for index, key in enumerate(keys)]
    rows = ",".join(f'"{key}"' for key in keys)
    data = ('/* XPM */\nstatic char *x[] = {\n"1 256 256 2",\n' + "\n".join(deep) + rows + "};\n").encode()
    yield Member("xpm-256", data, np.array([[[index, 255 - index, 0]] for index in range(256)]))
    yield from heics()


def heics():
    try:
        import pillow_heif
    except ImportError:
        return
    pillow_heif.register_heif_opener()
    soft = Image.fromarray(smooth())
    clear = Image.fromarray(np.dstack([smooth(), np.zeros(smooth().shape[:2], np.uint8)]))
    yield Member("heic", saved(soft, "HEIF", quality=95), smooth(), 12)
    for primary in (0, 1, 2):
        others = [Image.fromarray(255 - smooth()), Image.fromarray(smooth() // 2)]
        data = saved(soft, "HEIF", quality=95, save_all=True, append_images=others, primary_index=primary)
        expected = [smooth(), 255 - smooth(), smooth() // 2][primary]
        yield Member(f"heic-frames-{primary}", data, expected, 12, note="first frame")
    yield Member("heic-zero", saved(clear, "HEIF", quality=95), smooth(), 12, note="transparent")
    if features.check("avif"):
        yield Member("avif", saved(soft, "AVIF", quality=95), smooth(), 12)


def turned():
    colors = ramp(3)
    for number, turn in TURNS.items():
        stored = np.ascontiguousarray(turn(colors))
        exif = Image.Exif()
        exif[0x0112] = number
        image = Image.fromarray(stored.astype(np.uint8))
        yield Member(f"png-turned-{number}", saved(image, "PNG", exif=exif), colors)
        yield Member(f"webp-turned-{number}", saved(image, "WEBP", lossless=True, exif=exif), colors)
        soft = Image.fromarray(np.ascontiguousarray(turn(smooth())))
        yield Member(f"jpeg-turned-{number}", saved(soft, "JPEG", quality=95, exif=exif), smooth(), 12)
        data = png(stored * 257, 16, 2, before=[(b"eXIf", exif.tobytes()[6:])])
        yield Member(f"png-16-turned-{number}", data, colors, 1)
        one = stored[..., :1]
        data = png(one * 257, 16, 0, before=[(b"eXIf", exif.tobytes()[6:])])
        yield Member(f"png-gray-16-turned-{number}", data, gray(colors[..., :1]), 1)
        for kind, values, expected in (
            ("rgb-8", stored.astype(np.uint8), colors),
            ("rgb-16", (stored * 257).astype(np.uint16), colors),
            ("gray-8", one.astype(np.uint8), gray(colors[..., :1])),
            ("gray-16", (one * 257).astype(np.uint16), gray(colors[..., :1])),
            ("gray-64", (one * 257).astype(np.uint64), gray(colors[..., :1])),
        ):
            data = tiff(values, photometric=2 if kind.startswith("rgb") else 1, orientation=number)
            yield Member(f"tiff-{kind}-turned-{number}", data, expected, 1)


def animations():
    colors = ramp(3).astype(np.uint8)
    first, second = Image.fromarray(colors), Image.fromarray(255 - colors)
    few = Image.fromarray(colors // 128 * 255)
    for file_format, image, options in (
        ("PNG", first, {}),
        ("TIFF", first, {}),
        ("WEBP", first, {"lossless": True}),
        ("GIF", few, {}),
    ):
        data = saved(image, file_format, save_all=True, append_images=[second, image], **options)
        yield Member(f"{file_format.lower()}-frames", data, np.asarray(image), note="first frame")
    deep = [(ramp(1) * 257 * part // 4).astype(np.uint16) for part in (4, 2, 1)]
    data = tiff(deep[0], more=deep[1:])
    yield Member("tiff-16-frames", data, gray(ramp(1)), 1, note="first frame")
    yield from reduced_pages()
    wide = [ramp(5).astype(np.float64) / part for part in (255, 500)]
    data = tiff(wide[0], extra=[0] * 4, more=wide[1:])
    yield Member("tiff-5-frames", data, ramp(5)[..., :3], 1, note="first frame")


def reduced_pages():
    """Yield TIFF files with thumbnails and overviews, which are no frames."""
    for big in (False, True):
        for order in "<>":
            for kind, factor, samples in (
                ("uint8", 1, 3),
                ("uint16", 257, 3),
                ("uint16", 257, 1),
                ("float64", 1 / 255, 5),
            ):
                whole = (ramp(samples) * factor).astype(kind)
                small, shown = whole[::3, ::4], ramp(samples)[..., :3]
                options = {"order": order, "big": big, "photometric": 2 if samples == 3 else 1}
                options |= {"extra": [0] * 4} if samples == 5 else {}
                note = "first channels" if samples == 5 else ""
                name = f"{kind}-{samples}-{order}{'-big' if big else ''}"
                for place, pages, reduced in (
                    ("thumbnail", [small, whole], [0]),
                    ("overviews", [whole, small, small[::2]], [1, 2]),
                    ("both", [small, whole, small], [0, 2]),
                ):
                    data = tiff(pages[0], more=pages[1:], reduced=reduced, **options)
                    expected = shown if shown.shape[2] == 3 else gray(shown)
                    yield Member(f"tiff-{place}-{name}", data, expected, 1, note=note, is_one=True)
                data = tiff(small, more=[whole, whole], reduced=[0], **options)
                yield Member(f"tiff-thumbnail-frames-{name}", data, expected, 1, note="first frame")
    small = ramp(3)[::3, ::4].astype(np.uint8)
    yield Member("tiff-thumbnail-only", tiff(small, photometric=2, reduced=[0]), small)


def dicoms():
    try:
        from pydicom.dataset import Dataset, FileMetaDataset
        from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid
    except ImportError:
        return

    def dicom(values, photometric, **facts):
        dataset = Dataset()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.file_meta.MediaStorageSOPClassUID = CTImageStorage
        dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=["x"])
        dataset.Rows, dataset.Columns = values.shape[:2]
        dataset.SamplesPerPixel = values.shape[2]
        if values.shape[2] == 3:
            dataset.PlanarConfiguration = 0
        dataset.PhotometricInterpretation = photometric
        dataset.BitsAllocated = dataset.BitsStored = 8 * values.dtype.itemsize
        dataset.HighBit = dataset.BitsStored - 1
        dataset.PixelRepresentation = int(values.dtype.kind == "i")
        for name, value in facts.items():
            setattr(dataset, name, value)
        dataset.PixelData = values.tobytes() + bytes(values.nbytes % 2)
        buffer = io.BytesIO()
        dataset.save_as(buffer, enforce_file_format=True)
        return buffer.getvalue()

    values = ramp(1, 4000).astype(np.uint16)
    eight = ramp(1).astype(np.uint8)
    yield Member("dicom-8", dicom(eight, "MONOCHROME2"), gray(eight))
    yield Member("dicom-8-monochrome1", dicom(eight, "MONOCHROME1"), gray(255.0 - eight))
    twelve = {"BitsStored": 12, "HighBit": 11}
    yield Member("dicom-12", dicom(values, "MONOCHROME2", **twelve), gray(values * (255 / 4095)), 1)
    yield Member("dicom-12-monochrome1", dicom(values, "MONOCHROME1", **twelve), gray(255 - values * (255 / 4095)), 1)
    window = {"WindowCenter": 40, "WindowWidth": 400, "RescaleSlope": 1, "RescaleIntercept": -1024} | twelve
    units = values.astype(float) - 1024
    shown = gray(np.clip((units - 39.5) / 399 + 0.5, 0, 1) * 255)
    yield Member("dicom-window", dicom(values, "MONOCHROME2", **window), shown, 1)
    yield Member("dicom-window-monochrome1", dicom(values, "MONOCHROME1", **window), 255 - shown, 1)
    signed = (values.astype(np.int16) - 1024).astype(np.int16)
    facts = {"WindowCenter": [40, 500], "WindowWidth": [400, 2000], "RescaleSlope": 1, "RescaleIntercept": 0}
    yield Member("dicom-signed", dicom(signed, "MONOCHROME2", **facts), shown, 1)
    yield Member("dicom-rgb", dicom(ramp(3).astype(np.uint8), "RGB"), ramp(3))


def truncated(good):
    """Yield files that end early, one of each kind and at several places."""
    kinds = {}
    for member in good:
        kinds.setdefault(member.name.split("-")[0], member)
    for extra in ("tiff-bands-float64-5-planar1", "tiff-rgb-uint16-<-planar1-tileNone-8", "png-rgb-16-False"):
        kinds[extra] = next(member for member in good if member.name == extra)
    for kind, member in kinds.items():
        if kind in ("mpo", "xpm", "xbm", "ico", "tga", "im", "pcx", "msp"):
            continue  # some are whole without their end, which holds no pixels; others have no signature
        for part in (0.3, 0.6, 0.9):
            cut = member.data[: int(len(member.data) * part)]
            yield Member(f"{kind}-cut-{part}", cut, reason="ends early|damaged|HEIC|DICOM")


def misnamed(good):
    """Yield images with the name ending of another format, and with none."""
    endings = ["jpg", "png", "tif", "txt", "bin", "jpg_large", "gif", ""]
    for index, name in enumerate(
        ("png-rgb-8-False", "tiff-rgb", "jpeg-rgb", "bmp-24", "webp-lossless", "dicom-8", "tiff-bands-uint16-5-planar1")
    ):
        for member in good:
            if member.name == name:
                ending = endings[index % len(endings)]
                yield Member(f"{name}-misnamed.{ending}", member.data, member.pixels, member.tolerance)


def no_images():
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.txt", "words")
    nifti = b"\x5c\x01\0\0" + bytes(340) + b"n+1\0" + bytes(100)
    for name, data, words in (
        ("empty.jpg", b"", "empty"),
        ("html.jpg", b"<!DOCTYPE html><html><body>403</body></html>", "an HTML page"),
        ("html-old.jpg", b"\n\n<HTML>\n<HEAD><TITLE>Gone</TITLE>", "an HTML page"),
        ("html-comment.jpg", b"<!-- served by x -->\n<html lang=en>", "an HTML page"),
        ("json.jpg", json.dumps({"error": "rate limit"}).encode(), "JSON"),
        ("json-list.jpg", b"[1, 2, 3]", "JSON"),
        ("lfs.png", b"version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 3\n", "Git LFS.*git lfs pull"),
        ("annex.png", b"/annex/objects/SHA256E-s3--ab.png\n", "git-annex"),
        ("svg.png", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        ("svg-declared.png", b'<?xml version="1.0"?>\n<svg width="9"></svg>', "SVG"),
        ("xml.png", b"<?xml version='1.0'?><Error/>", "XML"),
        ("rss.png", b"<rss version='2.0'></rss>", "XML"),
        ("text.jpg", "Zażółć gęślą jaźń\n".encode() * 20, "text"),
        ("utf16.jpg", "image,label\n".encode("utf-16"), "text"),
        ("csv.jpg", b"image;label\na.png;cat\n", "text"),
        ("begins-like-pam.jpg", b"P7\nWidths of 9 rows\n" * 9, "text"),
        ("begins-like-pfm.jpg", b"PF 12 is the best\n" * 9, "text"),
        ("stub.psd", b"8BPS\0\1", "damaged|ends early"),
        ("no-pixels.psd", b"8BPS\0\1" + bytes(90), "no pixels"),
        ("stub.pam", b"P7\nWIDTH 3\n", "damaged|ends early"),
        ("no-pixels.pam", b"P7\nWIDTH 0\nHEIGHT 3\nDEPTH 1\nMAXVAL 255\nENDHDR\n", "no pixels"),
        ("huge.pfm", b"PF\n30000 30000\n-1.0\n" + bytes(90), "too large"),
        ("begins-like-bmp.jpg", b"BMW;Audi\n1;2\n" * 9, "text"),
        ("mp4.jpg", b"\0\0\0\x18ftypmp42" + bytes(90), "video"),
        ("mov.jpg", b"\0\0\0\x14ftypqt  " + bytes(90), "video"),
        ("avi.jpg", b"RIFF\0\1\0\0AVI LIST" + bytes(90), "video"),
        ("mkv.jpg", b"\x1a\x45\xdf\xa3" + bytes(90), "video"),
        ("wav.jpg", b"RIFF\0\1\0\0WAVEfmt " + bytes(90), "sound"),
        ("mp3.jpg", b"ID3\3\0" + bytes(90), "sound"),
        ("pdf.jpg", b"%PDF-1.4\n", "PDF"),
        ("eps.jpg", b"%!PS-Adobe-3.0 EPSF-3.0\n", "PostScript"),
        ("zeros.jpg", bytes(5000), "zeros"),
        ("short-zeros.jpg", bytes(7), "zeros"),
        ("zip.jpg", archive.getvalue(), "archive"),
        ("gz.jpg", gzip.compress(b"words"), "archive"),
        ("npy.jpg", b"\x93NUMPY\1\0v\0{'descr'", "NumPy array"),
        ("h5.jpg", b"\x89HDF\r\n\x1a\n" + bytes(90), "HDF5"),
        ("parquet.jpg", b"PAR1" + bytes(90), "Parquet"),
        ("sqlite.jpg", b"SQLite format 3\0" + bytes(90), "database"),
        ("exe.jpg", b"MZ\x90\0" + bytes(90), "program"),
        ("elf.jpg", b"\x7fELF" + bytes(90), "program"),
        ("pickle.jpg", b"\x80\x04\x95" + bytes(90), "pickle"),
        ("thumbs.jpg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(90), "thumbnails"),
        ("._a.jpg", b"\0\5\x16\7\0\2\0\0" + bytes(90), "macOS"),
        ("volume.nii", nifti, "NIfTI"),
        ("volume.nii.gz", gzip.compress(nifti), "NIfTI"),
        ("volume.nrrd", b"NRRD0004\ntype: short\n", "NRRD"),
        ("well.czi", b"ZISRAWFILE" + bytes(90), "CZI"),
        ("well.lif", b"\x70\0\0\0\1\0\0\0\x2a" + bytes(90), "LIF"),
        ("well.nd2", b"\xda\xce\xbe\x0a" + bytes(90), "ND2"),
        ("raw.cr2", b"II*\0\x10\0\0\0CR\2\0" + bytes(90), "raw image|ends early|damaged"),
        ("raw.raf", b"FUJIFILMCCD-RAW " + bytes(90), "raw image"),
        ("x.exr", b"v/1\1\2\0\0\0" + bytes(90), "OpenEXR"),
        ("x.jxl", b"\xff\x0a\xfa\x1f\x41\x91\x08" + bytes(9), "JPEG XL.*pillow-jxl-plugin"),
        ("x.xcf", b"gimp xcf v011\0" + bytes(90), "GIMP"),
        ("noise.jpg", np.random.default_rng(5).bytes(3000), "not an image"),
        ("stub.dcm", bytes(128) + b"DICM" + bytes(200), "DICOM"),
        ("stub.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40), "HEIC|damaged|ends early"),
        ("x-unknown-color.xpm", b'/* XPM */ {"1 1 1 1","a c plaid","a"};', "color 'plaid'"),
        ("dng.tif", tiff_with_tag(50706, 1), "raw image"),
        ("lab-16.tif", tiff(ramp(3).astype(np.uint16), photometric=8), "CIELAB, 3 x 16 bits.: save it as gray or RGB"),
        ("nan.tif", tiff(np.full((4, 4, 1), np.nan, np.float32)), "not finite"),
        ("huge.tif", huge_tiff(), "too large"),
        ("huge.png", huge_png(), "too large"),
    ):
        yield Member(name, data, reason=words)


def tiff_with_tag(tag, value):
    """Return a TIFF file that has another tag (in the place of the planar configuration, which may be missing)."""
    data = tiff(ramp(3).astype(np.uint8), photometric=2)
    at = data.index(struct.pack("<HHI", 339, 3, 3))
    return data[:at] + struct.pack("<HHII", tag, 4, 1, value) + data[at + 12 :]


def huge_tiff():
    data = bytearray(tiff(ramp(5).astype(np.uint16), extra=[0] * 4))
    for tag in (256, 257):
        at = data.index(struct.pack("<HHI", tag, 4, 1)) + 8
        data[at : at + 4] = struct.pack("<I", 30000)
    return bytes(data)


def huge_png():
    data = bytearray(png(ramp(1), 8, 0))
    data[16:24] = struct.pack(">II", 20000, 20000)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    return bytes(data)
