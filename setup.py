"""The `colornet` distribution: what it needs, and what it carries."""

import pathlib
import re

import setuptools

_HERE = pathlib.Path(__file__).parent
_PACKAGE = _HERE / "colornet"


def _version() -> str:
    """The version, read as text: importing the package would need its dependencies."""
    text = (_PACKAGE / "__init__.py").read_text(encoding="utf-8")
    return re.search(r'^__version__ = "(.+)"$', text, flags=re.MULTILINE).group(1)


def _data_files() -> list[str]:
    """Every file of the package that is no module: models, bins, pages, licences."""
    return [
        path.relative_to(_PACKAGE).as_posix()
        for path in sorted(_PACKAGE.rglob("*"))
        if path.is_file() and path.suffix not in {".py", ".pyc"}
    ]


setuptools.setup(
    name="colornet",
    version=_version(),
    description="Colours old grey photographs and films; trains the network that does.",
    long_description=(_HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    license_files=["LICENSE"],
    python_requires=">=3.11",
    packages=setuptools.find_packages(include=["colornet", "colornet.*"]),
    package_data={"colornet": _data_files()},
    entry_points={"console_scripts": ["colornet = colornet.cli:main"]},
    install_requires=[
        "absl-py>=2.1",
        "av>=16",
        "google-crc32c>=1.6",
        "imagecodecs>=2024.9.22",
        "imageio>=2.35",
        # Each minor release of Keras has changed something that is used here.
        "keras>=3.15,<3.16",
        "numpy>=1.26",
        "pillow>=11",
        "pillow-heif>=1.0",
        "protobuf>=5",
        "rich>=13",
        "scikit-image>=0.24",
        # tf.summary raises without it, and TensorFlow does not bring it along.
        "tensorboard>=2.20",
        "tensorflow>=2.20,<2.22",
        "tifffile>=2024.8",
    ],
    extras_require={
        "benchmark": [
            "matplotlib",
            "opencv-python-headless",
            "scikit-learn",
            "scipy>=1.12",
        ],
        "dev": [
            "apache-beam>=2.70",
            "gradio>=6",
            "jax",
            "matplotlib",
            "opencv-python-headless",
            "playwright>=1.50",
            "pytest>=8",
            "pytest-xdist>=3.8",
            "rasterio>=1.4",
            "ruff>=0.12",
            "scikit-learn",
            "scipy>=1.12",
        ],
        "jax": ["jax"],
        "jpeg2000": ["rasterio>=1.4"],
        "records": ["apache-beam>=2.70"],
        "web": ["gradio>=6"],
    },
    classifiers=[
        "Programming Language :: Python :: 3",
        "Topic :: Multimedia :: Graphics",
        "Topic :: Multimedia :: Video",
    ],
)
