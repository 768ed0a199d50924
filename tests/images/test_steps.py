"""Steps before the network: what each does to the pixels, their names, and what is refused."""

import pickle

import numpy as np
import pytest
from PIL import Image, ImageFilter

from orangecontrib.transferlearning.errors import SettingError
from orangecontrib.transferlearning.images.reading import decode_image, read_image
from orangecontrib.transferlearning.images.steps import STEPS, has_own, name_steps, read_steps

from ..samples import FILES, encode, scene


def changed(*steps, pixels=None, **options):
    return read_image(scene() if pixels is None else pixels, steps=read_steps(steps), **options)


def test_crop_keeps_a_part_by_fractions():
    np.testing.assert_array_equal(changed("crop:0.25,0.5,1,0.75"), scene()[24:36, 16:])
    np.testing.assert_array_equal(changed("crop:0,0,1,1"), scene())


@pytest.mark.parametrize("sides", ["0.999,0,1,1", "0,0.4,0.001,0.41", "0.5,0.5,0.51,0.51"])
def test_crop_keeps_one_pixel_at_least(sides):
    assert min(changed(f"crop:{sides}", pixels=np.zeros((5, 3, 3), np.uint8)).shape) >= 1


def test_square_is_the_middle():
    np.testing.assert_array_equal(changed("square"), scene()[:, 8:56])
    np.testing.assert_array_equal(changed("square", pixels=scene(31, 20)), scene(31, 20)[5:25])


@pytest.mark.parametrize("text, color", [("pad", 255), ("pad:black", 0), ("pad:#070707", 7)])
def test_pad_lays_the_image_on_a_square(text, color):
    padded = changed(text)
    np.testing.assert_array_equal(padded[8:56], scene())
    assert np.unique(np.concatenate([padded[:8], padded[56:]])).tolist() == [color]


def test_resize_is_height_then_width():
    np.testing.assert_array_equal(changed("resize:12x20"), read_image(scene(), (12, 20)))


def test_gray_weighs_the_colors():
    pixels = changed("gray", pixels=np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8))
    assert pixels[0].tolist() == [[76] * 3, [150] * 3, [29] * 3]


@pytest.mark.parametrize("name", ["brightness", "contrast", "saturation"])
def test_factors_leave_all_at_1_and_nothing_at_0(name):
    np.testing.assert_array_equal(changed(f"{name}:1"), scene())
    mean = int(changed("gray").mean() + 0.5)
    nothing = {"brightness": scene() * 0, "contrast": np.full_like(scene(), mean), "saturation": changed("gray")}
    np.testing.assert_array_equal(changed(f"{name}:0"), nothing[name])


def test_brightness_multiplies():
    assert changed("brightness:1.5", pixels=np.full((2, 2, 3), 40, np.uint8)).max() == 60


def test_autocontrast_and_equalize_use_the_whole_range():
    dull = (scene() // 4 + 90).astype(np.uint8)
    for name in ("autocontrast", "equalize"):
        pixels = changed(name, pixels=dull)
        assert (pixels.min((0, 1)) == 0).all()
        assert (pixels.max((0, 1)) >= 254).all()


def test_mirror_and_rotate_turn_clockwise():
    np.testing.assert_array_equal(changed("mirror"), scene()[:, ::-1])
    for quarter in (1, 2, 3):
        np.testing.assert_array_equal(changed(f"rotate:{90 * quarter}"), np.rot90(scene(), -quarter))


def test_steps_are_applied_in_order_before_the_image_is_resized():
    one = changed("crop:0,0,0.5,1", "rotate:90", size=(7, 9))
    np.testing.assert_array_equal(one, read_image(np.rot90(scene()[:, :32], -1), (7, 9)))
    other = changed("rotate:90", "crop:0,0,0.5,1", size=(7, 9))
    np.testing.assert_array_equal(other, read_image(np.rot90(scene(), -1)[:, :24], (7, 9)))


def test_steps_see_the_upright_image():
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = encode(scene(40, 80), "PNG", exif=exif)
    upright = np.rot90(scene(40, 80), -1)
    np.testing.assert_array_equal(decode_image(lying, steps=read_steps(["crop:0,0,1,0.25"])), upright[:20])


def test_names_have_one_spelling():
    texts = ["crop:0, .35,1.0,0.90", "PAD", "pad:white", "brightness:1.50", "resize:2X3", " gray "]
    assert name_steps(read_steps(texts)) == "crop:0,0.35,1,0.9+pad:#ffffff+pad:#ffffff+brightness:1.5+resize:2x3+gray"


@pytest.mark.parametrize(
    "text, words",
    [
        (
            "grey",
            r"'grey' is not a step \(there is none with that name\). Steps are frame:N, channel:N, opaque, range",
        ),
        ("crop", "four fractions"),
        ("crop:0,0,1", "four fractions"),
        ("crop:0,0,x,1", "four fractions"),
        ("crop:0.5,0,0.5,1", "within 0-1"),
        ("crop:0,0,1,1.1", "within 0-1"),
        ("crop:nan,0,1,1", "within 0-1"),
        ("pad:nocolor", "nocolor"),
        ("resize:12", "resize:240x320"),
        ("resize:0x5", "resize:240x320"),
        ("resize:99999x99999", "pixels"),
        ("rotate:45", "90, 180 or 270"),
        ("brightness", "one factor"),
        ("contrast:-1", "0 or more"),
        ("saturation:inf", "0 or more"),
        ("gray:2", "takes no values"),
    ],
)
def test_text_that_is_no_step_is_refused_with_those_there_are(text, words):
    with pytest.raises(SettingError, match=words):
        read_steps([text])


def test_every_step_named_in_the_list_is_one():
    values = {"LEFT,TOP,RIGHT,BOTTOM": "0,0,1,1", "HxW": "3x4", "F": "0.5", "90|180|270": "90", "N": "2"}
    values["LOW,HIGH"] = "1,99"
    for step in STEPS:
        name, _, value = step.replace("[:COLOR]", "").partition(":")
        read_steps([f"{name}:{values[value]}" if value else name])
    with pytest.raises(SettingError, match="are a list"):
        read_steps("gray")


def blur(image):
    """A step of one's own; it gives another mode, too."""
    return image.filter(ImageFilter.BoxBlur(2)).convert("L")


blur.name = "blur-2"


def test_function_of_ones_own_is_a_step_between_others():
    steps = read_steps(["square", blur, "mirror"])
    assert name_steps(steps) == "square+own:blur-2+mirror"
    assert has_own(steps)
    assert not has_own(read_steps(["square"]))
    pixels = read_image(scene(), steps=steps)
    expected = Image.fromarray(scene()[:, 8:56]).filter(ImageFilter.BoxBlur(2)).convert("L").convert("RGB")
    np.testing.assert_array_equal(pixels, np.asarray(expected)[:, ::-1])
    assert name_steps(pickle.loads(pickle.dumps(steps))) == name_steps(steps)


@pytest.mark.parametrize("name", [None, "", "two words", "a+b", 3])
def test_function_without_a_name_for_the_fingerprint_is_refused(name):
    def nameless(image):
        return image

    nameless.name = name
    with pytest.raises(SettingError, match="nameless.*needs an attribute `name`"):
        read_steps([nameless])
    with pytest.raises(SettingError, match="text or a function"):
        read_steps([5])


def test_step_that_gives_no_image_is_named():
    def broken(image):
        return np.asarray(image)

    broken.name = "broken"
    with pytest.raises(SettingError, match="broken has to return a Pillow image, not ndarray"):
        read_image(scene(), steps=[broken])


def test_fast_decoding_is_left_where_a_step_needs_all_pixels():
    data = encode(scene(480, 640), "JPEG")
    seen = []

    def look(image):
        seen.append(image.size)
        return image

    look.name = "look"
    for steps in (["crop:0,0.5,1,1"], ["equalize"], [look]):
        exact = decode_image(data, (32, 32), steps=read_steps(steps))
        np.testing.assert_array_equal(decode_image(data, (32, 32), fast_decode=True, steps=read_steps(steps)), exact)
    assert seen == [(640, 480)] * 2
    fast = decode_image(data, (32, 32), fast_decode=True, steps=read_steps(["gray", "mirror"]))
    plain = decode_image(data, (32, 32), fast_decode=True)
    np.testing.assert_allclose(fast[:, ::-1], changed("gray", pixels=plain), atol=2)


def test_image_of_any_mode_takes_steps():
    for name in ("jpeg-gray", "png-palette", "jpeg-cmyk"):
        assert decode_image(FILES[name], steps=read_steps(["autocontrast", "equalize"])).shape == (48, 64, 3)
