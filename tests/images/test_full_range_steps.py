"""Steps that see all values of a file: what each does to them, their order, and what they cannot do."""

import numpy as np
import pytest
from PIL import Image

from orangecontrib.transferlearning.errors import SettingError
from orangecontrib.transferlearning.images.full_range_steps import FULL_RANGE_STEPS, place_of_step
from orangecontrib.transferlearning.images.reading import decode, decode_image
from orangecontrib.transferlearning.images.steps import has_own, name_steps, read_steps

from ..hostile.corpus import dicoms, ramp, saved, smooth
from ..hostile.writers import png, tiff
from ..samples import encode, reason, scene

TWELVE = np.array([[600, 900, 2100], [3000, 3600, 600]], np.uint16)


def decoded(data, *steps):
    return decode_image(data, steps=read_steps(steps))


@pytest.mark.parametrize("data", [encode(TWELVE, "PNG"), encode(TWELVE, "TIFF"), TWELVE], ids=["PNG", "TIFF", "array"])
def test_range_maps_values_to_black_and_white(data):
    assert decoded(data, "range:600,3600")[..., 0].tolist() == [[0, 26, 128], [204, 255, 0]]
    assert decoded(data, "range:0,4095")[..., 2].tolist() == np.rint(TWELVE * (255 / 4095)).tolist()
    assert decoded(data, "range:900,3000")[..., 1].tolist() == [[0, 0, 146], [255, 255, 0]]


def test_range_takes_negative_numbers_and_fractions():
    units = tiff(np.array([[[-1000], [0], [40], [1000]]], np.int16))
    assert decoded(units, "range:-160,240")[0, :, 0].tolist() == [0, 102, 128, 255]
    shares = tiff(np.array([[[0.0], [0.25], [0.5]]], np.float32))
    assert decoded(shares, "range:0,0.5")[0, :, 0].tolist() == [0, 128, 255]


def test_percentiles_are_those_of_all_colors_of_the_image_together():
    values = np.arange(1001, dtype=np.uint16)[None, :, None]
    expected = np.clip((values[..., 0].astype(float) - 10) / 980, 0, 1) * 255
    np.testing.assert_allclose(decoded(tiff(values), "percentiles:1,99")[..., 0], expected, atol=0.51)
    colors = (scene().astype(np.uint16) * 3) + 500
    low, high = np.percentile(colors, (5, 95))
    expected = np.clip((colors - low) / (high - low), 0, 1) * 255
    for data in (tiff(colors, photometric=2), png(colors, 16, 2)):
        np.testing.assert_allclose(decoded(data, "percentiles:5,95"), expected, atol=0.51)


def test_percentiles_of_one_value_give_black():
    assert decoded(encode(np.full((3, 3), 700, np.uint16), "PNG"), "percentiles:1,99").max() == 0


def test_stretched_twelve_bits_keep_their_levels():
    values = (np.arange(3000, dtype=np.uint16) + 500).reshape(50, 60)
    assert len(np.unique(decode_image(encode(values, "PNG")))) == 13
    assert len(np.unique(decoded(encode(values, "PNG"), "percentiles:0,100"))) == 256


def test_channel_is_read_as_gray_with_all_its_values():
    bands = np.arange(5 * 6, dtype=np.uint16).reshape(2, 3, 5) * 2000
    data = tiff(bands, extra=[0] * 4)
    for number in range(1, 6):
        expected = np.rint(bands[..., number - 1] / 257)
        np.testing.assert_array_equal(decoded(data, f"channel:{number}")[..., 1], expected)
    stretched = decoded(data, "channel:4", "range:6000,16000")[..., 0]
    assert stretched.tolist() == [[0, 255, 255]] * 1 + [[255] * 3]
    red, alpha = np.array([[[9, 8, 7, 50]]], np.uint8), "channel:4"
    assert decoded(encode(red, "PNG"), alpha)[0, 0].tolist() == [50] * 3
    assert decoded(encode(red, "PNG"), "channel:2")[0, 0].tolist() == [8] * 3


def test_frame_is_read_instead_of_the_first():
    frames = [Image.new("RGB", (4, 4), color) for color in ("red", "lime", "blue")]
    for file_format in ("GIF", "PNG", "TIFF", "WEBP"):
        options = {"lossless": True} if file_format == "WEBP" else {}
        data = encode(frames[0], file_format, save_all=True, append_images=frames[1:], **options)
        assert decoded(data, "frame:1")[0, 0].tolist() == [255, 0, 0]
        assert decoded(data, "frame:2")[0, 0].tolist() == [0, 255, 0]
        assert decoded(data, "frame:3")[0, 0].tolist() == [0, 0, 255]
    deep = [np.full((2, 2, 5), value, np.float64) for value in (0.2, 0.4)]
    assert decoded(tiff(deep[0], extra=[0] * 4, more=deep[1:]), "frame:2", "channel:5")[0, 0].tolist() == [102] * 3


def test_gamma_raises_shades_to_a_power():
    values = np.array([[0, 16384, 65535]], np.uint16)
    expected = np.rint(255 * np.sqrt(values / 65535)).tolist()
    assert decoded(encode(values, "PNG"), "gamma:0.5")[..., 0].tolist() == expected
    assert decoded(encode(scene(), "PNG"), "gamma:1").tolist() == scene().tolist()
    both = decoded(encode(TWELVE, "PNG"), "range:600,3600", "gamma:2")[0, :, 0]
    assert both.tolist() == [0, round(255 * 0.1**2), round(255 * 0.25)]


def test_window_of_a_dicom_file_counts_unless_a_step_says_what_is_white():
    files = {member.name: member for member in dicoms()}
    if not files:
        pytest.skip("pydicom is not installed here")
    member = files["dicom-window"]
    np.testing.assert_allclose(decoded(member.data, "channel:1"), member.pixels, atol=1.51)
    units = ramp(1, 4000).astype(float) - 1024
    expected = np.clip((units + 1000) / 2000, 0, 1).repeat(3, axis=2) * 255
    np.testing.assert_allclose(decoded(member.data, "range:-1000,1000"), expected, atol=0.51)


def test_white_is_zero_stays_so():
    values = np.array([[[0], [1000], [2000]]], np.uint16)
    data = tiff(values, photometric=0)
    assert decoded(data, "range:0,2000")[0, :, 0].tolist() == [255, 128, 0]
    assert decoded(data, "channel:1", "range:0,2000")[0, :, 0].tolist() == [255, 128, 0]
    assert decoded(data, "range:0,2000", "gamma:2")[0, :, 0].tolist() == [255, 64, 0]


def test_transparency_is_laid_on_white_after_stretching():
    values = np.array([[[1000, 2000, 3000, 65535], [1000, 2000, 3000, 0]]], np.uint16)
    assert decoded(png(values, 16, 6), "range:1000,3000").tolist() == [[[0, 128, 255], [255, 255, 255]]]


def test_steps_of_8_bits_follow():
    pixels = decoded(encode(TWELVE, "PNG"), "range:600,3600", "mirror", "crop:0,0,1,0.5")
    assert pixels[..., 0].tolist() == [[128, 26, 0]]


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("frame:2", "it has 1 frame, so the step frame:2 cannot read it"),
        ("channel:4", "it has 3 channels, so the step channel:4 cannot read it"),
    ],
)
def test_frame_or_channel_that_is_not_there_is_a_reason(step, words):
    for data in (encode(scene(), "PNG"), tiff(scene(), photometric=2), scene(), encode(scene(), "JPEG")):
        assert reason(decoded, data, step) == words


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        (("gray", "percentiles:1,99"), "percentiles:1,99 needs the values of the file.*after the step gray: put"),
        (("crop:0,0,1,0.5", "frame:2"), "put frame:2 first"),
        (("channel:1", "frame:2"), "frame:2 cannot follow channel:1: the order is frame, channel, opaque, range"),
        (("gamma:2", "range:0,9"), "cannot follow gamma:2"),
        (("frame:1", "frame:2"), "each at most once"),
    ],
)
def test_order_that_cannot_work_is_refused(steps, words):
    with pytest.raises(SettingError, match=words):
        read_steps(steps)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("frame", "number of a frame; the first is 1"),
        ("frame:0", "number of a frame; the first is 1"),
        ("frame:1.5", "number of a frame"),
        ("channel:-1", "number of a channel"),
        ("range:5", "two numbers, the smaller one first"),
        ("range:9,3", "two numbers, the smaller one first"),
        ("range:nan,3", "two numbers"),
        ("range:0,inf", "two numbers"),
        ("percentiles:1,101", "within 0-100"),
        ("percentiles:99,1", "the smaller one first"),
        ("gamma:0", "above 0"),
        ("gamma:x", "above 0"),
        ("opaque:1", "takes no values"),
    ],
)
def test_values_that_are_none_are_refused(text, words):
    with pytest.raises(SettingError, match=words):
        read_steps([text])


def test_names_have_one_spelling_and_are_not_ones_own():
    steps = read_steps(
        ["Frame:02", "channel: 3", "OPAQUE", "range:0,4095.0", "percentiles:1,99.50", "gamma:.50", "gray"]
    )
    assert name_steps(steps) == "frame:2+channel:3+opaque+range:0,4095+percentiles:1,99.5+gamma:0.5+gray"
    assert not has_own(steps)
    assert [place_of_step(step) for step in FULL_RANGE_STEPS] == sorted(map(place_of_step, FULL_RANGE_STEPS))
    assert place_of_step("opaque") == 2
    assert place_of_step("crop:0,0,1,1") == 6


def test_what_is_lost_is_told_unless_a_step_prevents_it():
    data = encode(TWELVE, "PNG")
    (note,) = decode(data).notes
    assert "percentiles:1,99" in note.text
    assert note.detail == "values 600-3600 become 13 of 256 levels"
    assert decode(data, steps=read_steps(["percentiles:1,99"])).notes == ()
    assert decode(encode(np.array([[0, 65535]], np.uint16), "PNG")).notes == ()
    assert decode(encode(np.array([[500, 500]], np.uint16), "PNG")).notes == ()
    bands = tiff(np.arange(45, dtype=np.uint8).reshape(3, 3, 5), extra=[0] * 4)
    for steps in ([], ["percentiles:1,99"], ["range:0,9", "gamma:2"]):
        (note,) = decode(bands, steps=read_steps(steps)).notes
        assert (note.detail, "channel:N" in note.text) == ("5 channels", True)
    assert decode(bands, steps=read_steps(["channel:1", "range:0,9"])).notes == ()
    frames = encode(scene(), "TIFF", save_all=True, append_images=[Image.fromarray(scene())] * 2)
    (note,) = decode(frames).notes
    assert (note.detail, "first frame" in note.text) == ("3 frames", True)
    assert decode(frames, steps=read_steps(["frame:1"])).notes == ()


def test_frames_of_a_heic_file_begin_with_the_one_that_programs_show():
    pytest.importorskip("pillow_heif").register_heif_opener()
    frames = [smooth(), 255 - smooth(), smooth() // 2]
    images = [Image.fromarray(frame) for frame in frames]
    for primary, order in ((0, (0, 1, 2)), (1, (1, 0, 2)), (2, (2, 0, 1))):
        data = saved(images[0], "HEIF", quality=95, save_all=True, append_images=images[1:], primary_index=primary)
        (note,) = decode(data).notes
        assert (note.detail, "first frame" in note.text) == ("3 frames", True)
        for number, index in enumerate(order, 1):
            assert abs(decoded(data, f"frame:{number}").astype(int) - frames[index]).max() <= 12
        assert "it has 3 frames" in reason(decode, data, steps=read_steps(["frame:4"]))


def test_frames_of_a_tiff_file_count_its_thumbnail():
    whole = ramp(3).astype(np.uint8)
    data = tiff(whole[::3, ::4], photometric=2, more=[whole, 255 - whole], reduced=[0])
    assert decode(data).notes[0].detail == "2 frames"
    for number, expected in enumerate((whole[::3, ::4], whole, 255 - whole), 1):
        assert np.array_equal(decoded(data, f"frame:{number}"), expected)
    assert "it has 3 frames" in reason(decode, data, steps=read_steps(["frame:4"]))
