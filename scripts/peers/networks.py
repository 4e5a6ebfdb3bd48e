"""The networks that scripts/peers/bench.py times, as files for the tool and for its peers, made where missing."""

import dataclasses
import pathlib
import subprocess
import sys

import numpy as np
from PIL import Image

HERE = pathlib.Path(__file__).resolve().parent


@dataclasses.dataclass(frozen=True)
class Row:
    """One line of the table: a network, how it is run, and whom it is compared with."""

    title: str
    model: str  # A key of `Networks.files`.
    peers: tuple
    batch: int = 1
    size: int = 224
    precision: str = "f32"
    tier: str = ""  # Ours is held to it, and so are the peers.
    photo: tuple = ()  # Width and height, of a network for a dense task: from a photo's file to what is found in it.


PLAIN = ("onnxruntime", "openvino", "torch")
GRAFTED = ("onnxruntime", "openvino")
ROWS = {
    "vit": Row("ViT-B/16 224", "vit", PLAIN),
    "vit-8": Row("ViT-B/16 224", "vit", PLAIN, batch=8),
    "vit-graft": Row("ViT-B/16 + AdaRoute", "vit-graft", (*GRAFTED, "torch-graft")),
    "swin-graft": Row("Swin-B + AdaRoute 512x512", "swin-graft", GRAFTED, size=512),
    "convnext-graft": Row("ConvNeXt-B + AdaRoute 512x512", "convnext-graft", GRAFTED, size=512),
    "vit-bf16": Row("ViT-B/16 224", "vit", ("openvino",), precision="bf16"),
    "vit-bf16-8": Row("ViT-B/16 224", "vit", ("openvino",), batch=8, precision="bf16"),
    "vit-int8": Row("ViT-B/16 224", "vit", ("onnxruntime",), precision="int8"),
    "vit-avx2": Row("ViT-B/16 224", "vit", GRAFTED, tier="avx2"),
    "upernet": Row("Swin-B + AdaRoute + UperNet 512x512", "upernet", ("torch",), photo=(512, 512)),
    "mask-rcnn": Row("Swin-B + AdaRoute + Mask R-CNN 1333x800", "mask_rcnn", ("torch",), photo=(1333, 800)),
    "panoptic-fpn": Row("Swin-B + AdaRoute + Panoptic FPN 1333x800", "panoptic_fpn", ("torch",), photo=(1333, 800)),
}
DENSE = {row.model for row in ROWS.values() if row.photo}
# Where the CPU has no products of bfloat16, OpenVINO emulates them, at a hundredth of its speed: no comparison.
if "avx512_bf16" not in pathlib.Path("/proc/cpuinfo").read_text():
    ROWS |= {key: dataclasses.replace(row, peers=()) for key, row in ROWS.items() if row.precision == "bf16"}


class Networks:
    """Checkpoints are random; the peers' ONNX files are PyTorch's export of ViT-B and the tool's own of the grafts."""

    def __init__(self, tool, folder):
        self.tool, self.folder = tool, folder

    def make(self, names):
        dense = [name for name in names if name in DENSE]
        self.make_dense(dense)
        names = [name for name in names if name not in dense]
        script = HERE.parent / "fixtures" / "make_full_size.py"
        wanted = {"vit": ["timm_vit_base", "onnx_vit_base_op17"]}
        wanted["vit-graft"] = [*wanted["vit"], "graft_vit_base"]
        wanted |= {"swin-graft": ["timm_swin_base"], "convnext-graft": ["timm_convnext_base"]}
        only = sorted({case for name in names for case in wanted[name]})
        subprocess.run([sys.executable, script, self.folder, "--only", *only], check=True, stdout=sys.stderr)
        for name in names:
            for path, command in self.recipes(name):
                self.build(path, command)

    def make_dense(self, names):
        """A checkpoint as mmcv saves it, converted, and a photo, for each."""
        script = HERE.parent / "fixtures" / "make_full_size_dense.py"
        for name in names:
            if not self.checkpoint(name).exists():
                subprocess.run([sys.executable, script, self.folder, "--only", name], check=True)
            self.build(self.ours(name), ["convert", self.checkpoint(name)])
        for size in {row.photo for row in ROWS.values() if row.model in names}:
            if not self.photo(size).exists():
                coarse = np.random.default_rng(1).integers(0, 256, (size[1] // 20, size[0] // 20, 3), np.uint8)
                Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC).save(self.photo(size))

    def build(self, path, command):
        if not path.exists():
            part = path.with_name("part-" + path.name)
            subprocess.run([self.tool, *map(str, command), "-o", part], check=True, stdout=sys.stderr)
            part.rename(path)

    def quantize(self, name):
        """ONNX Runtime's dynamic 8-bit form of a network, with its own choice of settings."""
        path = self.onnx(name + "-int8")
        if not path.exists():
            from onnxruntime.quantization import QuantType, quantize_dynamic

            part = path.with_name("part-" + path.name)
            kinds = ["MatMul", "Gemm"]  # Its convolutions of integers are slower than those of float32.
            quantize_dynamic(self.onnx(name), part, op_types_to_quantize=kinds, weight_type=QuantType.QInt8)
            part.rename(path)

    def recipes(self, name):
        model = self.folder / f"{name}.adaroute"
        if name == "vit":
            return [(model, ["convert", self.folder / "timm_vit_base"])]
        if name == "vit-graft":
            weights = ["--weights", self.folder / "graft_vit_base" / "graft.safetensors"]
            making, size = ["graft", self.folder / "timm_vit_base", *weights], 224
        else:
            base = self.folder / {"swin-graft": "timm_swin_base", "convnext-graft": "timm_convnext_base"}[name]
            making, size = ["graft", base, "--rank", 128, "--kernels", "3,5,7", "--init", "paper", "--seed", 1], 512
        exporting = ["export", model, "--image-size", f"{size}x{size}"]
        return [(model, making), (self.folder / f"{name}.onnx", exporting)]

    def ours(self, name):
        return self.folder / f"{name}.adaroute"

    def checkpoint(self, name):
        return self.folder / f"{name}.pth"

    def photo(self, size):
        return self.folder / f"photo-{size[0]}x{size[1]}.png"

    def onnx(self, name):
        exported = self.folder / "onnx_vit_base_op17" / "model.onnx"
        return exported if name == "vit" else self.folder / f"{name}.onnx"

    def expected(self, name):
        """What PyTorch computed, where it was asked."""
        case = {"vit": "timm_vit_base", "vit-graft": "graft_vit_base"}.get(name)
        return self.folder / case / "io.safetensors" if case else None
