"""Exports timm's vision backbones as ONNX and compares our runtime with ONNX Runtime, on one image and on three.

One small variant of each of 24 families, with seeded random weights that all matter, through both of torch's exporters
(operator set 17 by the legacy one, 18 by the other), and the `light` models that the onnx package carries. Prints a
line for each model: `ok`, `refused` with the reason, or `differs`, and the largest difference, relative to the largest
magnitude where that exceeds 1. Exits with 1 unless all agree to 1e-4.
"""

import argparse
import contextlib
import io
import logging
import pathlib
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import onnx
import onnxruntime
from safetensors.numpy import load_file, save_file

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fixtures"))
TOLERANCE = 1e-4
SMALL = dict(embed_dim=48, depth=2, num_heads=3)

# Family: timm's name, what makes it small, the image's side.
TIMM = {
    "vit": ("vit_tiny_patch16_224", dict(img_size=64, **SMALL), 64),
    "deit": ("deit_tiny_distilled_patch16_224", dict(img_size=64, **SMALL), 64),
    "dinov2": ("vit_small_patch14_reg4_dinov2", dict(img_size=56, **SMALL), 56),
    "beit": ("beit_base_patch16_224", dict(img_size=64, **SMALL), 64),
    "clip": ("vit_base_patch16_clip_quickgelu_224", dict(img_size=64, **SMALL), 64),
    "siglip": ("vit_base_patch16_siglip_224", dict(img_size=64, **SMALL), 64),
    "swin": ("swin_tiny_patch4_window7_224", dict(img_size=112, embed_dim=24, depths=(2, 2, 2)), 112),
    "swinv2": ("swinv2_tiny_window8_256", dict(img_size=64, window_size=4, embed_dim=24, depths=(2, 2, 2)), 64),
    "convnext": ("convnext_atto", dict(depths=(1, 1, 2, 1)), 64),
    "convnextv2": ("convnextv2_atto", dict(depths=(1, 1, 2, 1)), 64),
    "resnet": ("resnet18", {}, 64),
    "maxvit": ("maxvit_tiny_tf_224", dict(img_size=64, embed_dim=(32, 32, 64, 64), depths=(1, 1, 1, 1)), 64),
    "mobilevitv2": ("mobilevitv2_050", {}, 64),
    "hiera": ("hiera_tiny_224", dict(img_size=(64, 64), embed_dim=24, stages=(1, 2, 2, 1)), 64),
    "samvit": ("samvit_base_patch16_224", dict(img_size=64, depth=3, embed_dim=48, num_heads=3, global_attn_indexes=(2,), window_size=3), 64),
    "levit": ("levit_128s", {}, 224),
    "xcit": ("xcit_nano_12_p16_224", dict(img_size=64, depth=2), 64),
    "cait": ("cait_xxs24_224", dict(img_size=64, depth=2), 64),
    "twins": ("twins_svt_small", dict(img_size=64, embed_dims=(16, 32, 64, 64), depths=(2, 2, 2, 2)), 64),
    "pvt_v2": ("pvt_v2_b0", dict(depths=(1, 1, 1, 1)), 64),
    "efficientformerv2": ("efficientformerv2_s0", {}, 224),
    "mambaout": ("mambaout_femto", dict(depths=(1, 1, 2, 1)), 64),
    "davit": ("davit_tiny", dict(depths=(1, 1, 2, 1), embed_dims=(24, 48, 96, 96), num_heads=(2, 2, 4, 4)), 64),
    "fastvit": ("fastvit_t8", {}, 64),
}


def trained_like(model, seed=11):
    """Gives every parameter a value that matters: matrices of unit gain, norms near 1, biases and tables off zero."""
    import torch

    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=random)
            last = name.rsplit(".", 1)[-1]
            if "logit_scale" in name or last == "temperature":
                continue
            if "gamma" in name or "lambda" in name or "layer_scale" in name:
                parameter.copy_(0.3 + 0.1 * noise)
            elif parameter.ndim <= 1 and last == "weight":
                parameter.copy_(1 + 0.1 * noise)
            elif parameter.ndim <= 1:
                parameter.copy_(0.1 * noise)
            elif any(word in name for word in ("pos_embed", "token", "table", "attention_biases", "rel_pos")):
                parameter.copy_(0.2 * noise)
            else:
                parameter.copy_(noise / parameter[0].numel() ** 0.5)
        for name, buffer in model.named_buffers():
            if name.endswith("running_var"):
                buffer.copy_(1 + 0.2 * torch.rand(buffer.shape, generator=random))
            elif name.endswith("running_mean"):
                buffer.copy_(0.1 * torch.randn(buffer.shape, generator=random))
    return model.eval()


def export(family, path, dynamo):
    """Writes the family's model with an open batch, and its reference check by PyTorch's own answer."""
    import python_torchvision  # noqa: F401, comes before timm
    import timm
    import torch

    name, settings, side = TIMM[family]
    torch.manual_seed(5)
    model = trained_like(timm.create_model(name, pretrained=False, num_classes=10, **settings))
    example = torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(6))
    names = dict(input_names=["input"], output_names=["output"])
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        if dynamo:
            shapes = ({0: torch.export.Dim("batch", min=1, max=64)},)
            torch.onnx.export(
                model, (example,), path, dynamo=True, dynamic_shapes=shapes, external_data=False, opset_version=18,
                verbose=False, **names,
            )
        else:
            axes = {name: {0: "batch"} for name in ("input", "output")}
            torch.onnx.export(model, (example,), path, dynamo=False, dynamic_axes=axes, opset_version=17, **names)


def inputs(session, count):
    """One random image batch for each input of a model; nothing where the model fixes another batch."""
    random = np.random.default_rng(count)
    result = {}
    for port in session.get_inputs():
        shape = [count if axis == 0 else extent for axis, extent in enumerate(port.shape)]
        if isinstance(port.shape[0], int) and port.shape[0] != count:
            return None
        result[port.name] = random.standard_normal(shape, dtype=np.float32)
    return result


def compare(tool, path, folder):
    """The largest difference from ONNX Runtime; raises RuntimeError with the tool's words where it refuses."""
    onnxruntime.set_default_logger_severity(3)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names, worst = [port.name for port in session.get_outputs()], 0.0
    for count in (1, 3):
        batch = inputs(session, count)
        if batch is None:
            continue
        wanted = dict(zip(names, session.run(None, batch)))
        save_file(batch, folder / "in.safetensors")
        arguments = ["run", path, "--input", folder / "in.safetensors", "-o", folder / "out.safetensors"]
        done = subprocess.run([tool, *map(str, arguments)], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"exit {done.returncode}: {' '.join(done.stderr.split())}")
        found = load_file(folder / "out.safetensors")
        for name in names:
            if found[name].shape != wanted[name].shape:
                return float("inf")
            difference = np.abs(found[name] - wanted[name]).max() / max(1, np.abs(wanted[name]).max())
            worst = max(worst, float("inf") if np.isnan(difference) else float(difference))
    return worst


def cases(given):
    """Names and files of the models that are asked for; exports those that the folder does not hold yet."""
    for family in TIMM:
        for exporter, dynamo in (("legacy", False), ("dynamo", True)):
            name = f"{family}-{exporter}"
            if given.only and not any(word in name for word in given.only):
                continue
            path = given.models / f"{name}.onnx"
            try:
                if not path.exists():
                    export(family, given.models / "unfinished.onnx", dynamo)
                    (given.models / "unfinished.onnx").rename(path)
                yield name, path
            except Exception as error:  # An exporter fails in many ways; a model that it cannot write is no case.
                print(f"{name:28} not exported: {type(error).__name__}: {' '.join(str(error).split())[:120]}", flush=True)
    light = pathlib.Path(onnx.__file__).parent / "backend/test/data/light"
    for path in sorted(light.glob("*.onnx")):
        if not given.only or any(word in path.stem for word in given.only):
            yield path.stem, path


def main():
    warnings.filterwarnings("ignore")
    logging.disable(logging.CRITICAL)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", required=True, help="the adaroute binary")
    parser.add_argument("--models", type=pathlib.Path, default=pathlib.Path(".build/peers/onnx-models"))
    parser.add_argument("only", nargs="*", help="parts of names; by default all models")
    given = parser.parse_args()
    given.models.mkdir(parents=True, exist_ok=True)
    agreeing, total = {"legacy": 0, "dynamo": 0, "light": 0}, {"legacy": 0, "dynamo": 0, "light": 0}
    with tempfile.TemporaryDirectory() as name:
        for model, path in cases(given):
            kind = next(kind for kind in total if kind in model)
            total[kind] += 1
            try:
                difference = compare(given.tool, path, pathlib.Path(name))
            except RuntimeError as error:
                print(f"{model:28} refused: {str(error)[:400]}", flush=True)
                continue
            agrees = difference <= TOLERANCE
            agreeing[kind] += agrees
            print(f"{model:28} {'ok' if agrees else 'differs'} {difference:.1e}", flush=True)
    for kind in total:
        print(f"{kind}: {agreeing[kind]} of {total[kind]} agree")
    return 0 if agreeing == total else 1


if __name__ == "__main__":
    sys.exit(main())
