"""Converts, grafts, ships and runs ViT-B/16, BEiT-B, Swin-B and ConvNeXt-B at full size, and compares with PyTorch.

Prints a line for every check, `ok` or `FAILED`, and exits with 1 where one failed. Time and memory of each
conversion are measured from outside: wall time, and the peak of RssAnon (memory that is no page of a mapped file),
read from /proc every millisecond.
"""

import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch
from safetensors.numpy import load_file, save_file

HERE = pathlib.Path(__file__).resolve().parent
TOLERANCE = 1e-4
SECONDS, MEMORY = 3, 200e6  # The most that a conversion may take: wall time, bytes beyond mapped files.
PARAMETERS = 3_098_340


class Check:
    def __init__(self, tool):
        self.tool, self.failed = tool, 0

    def say(self, holds, text):
        self.failed += not holds
        print("ok    " if holds else "FAILED", text, flush=True)

    def adaroute(self, *arguments, code=0):
        done = subprocess.run([self.tool, *map(str, arguments)], capture_output=True, text=True)
        if done.returncode != code:
            self.say(False, f"adaroute {' '.join(map(str, arguments))}: exit {done.returncode}: {done.stderr}")
        return done

    def measured(self, *arguments):
        """Runs the tool; wall seconds and the peak of anonymous memory in bytes."""
        start, peak = time.monotonic(), 0
        process = subprocess.Popen([self.tool, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while process.poll() is None:
            try:
                status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
            except (FileNotFoundError, ProcessLookupError):
                break
            found = re.search(r"RssAnon:\s+(\d+) kB", status)
            peak = max(peak, int(found[1]) * 1024 if found else 0)
            time.sleep(0.001)
        process.wait()
        elapsed = time.monotonic() - start
        if process.returncode:
            self.say(False, f"adaroute {' '.join(map(str, arguments))}: {process.stderr.read().decode()}")
        return elapsed, peak

    def outputs(self, model, source, folder, *options):
        target = folder / "out.safetensors"
        self.adaroute("run", model, "--input", source, "-o", target, *options)
        return load_file(target)

    def agrees(self, title, found, wanted, bound=TOLERANCE):
        distance = float(np.abs(found - wanted).max()) if found.shape == wanted.shape else float("inf")
        self.say(distance <= bound, f"{title}: largest difference {distance:.1e}, at most {bound:.0e}")


def mae_as_safetensors(models, folder):
    """MAE's own file is a pickle; its tensors under their names, and the configuration that it lacks."""
    target = folder / "mae"
    target.mkdir()
    checkpoint = torch.load(models / "mae_vit_base" / "mae_pretrain_vit_base.pth", weights_only=True)["model"]
    save_file({name: tensor.numpy() for name, tensor in checkpoint.items()}, target / "model.safetensors")
    (target / "config.json").write_text(json.dumps({"image_size": 224, "num_heads": 12}))
    return target


def convert_all(check, models, folder):
    sources = {
        name: models / name for name in ("timm_vit_base", "hf_vit_base", "onnx_vit_base_op17", "onnx_vit_base_op20")
    }
    sources["mae_vit_base"] = mae_as_safetensors(models, folder)
    for name, source in sources.items():
        model = folder / f"{name}.adaroute"
        elapsed, peak = check.measured("convert", source, "-o", model)
        check.say(
            elapsed <= SECONDS and peak <= MEMORY,
            f"{name}: converted in {elapsed:.2f} s, {peak / 1e6:.0f} MB beyond mapped files "
            f"(at most {SECONDS} s, {MEMORY / 1e6:.0f} MB)",
        )
        reference = models / name / "io.safetensors"
        wanted, found = load_file(reference), check.outputs(model, reference, folder)
        for output in sorted(wanted.keys() & found.keys()):
            check.agrees(f"{name}: {output}", found[output], wanted[output])
        check.say(bool(wanted.keys() & found.keys()), f"{name}: outputs compared")


def every_size(check, models, folder):
    """One converted file for images of every size: each as timm computes it when it is set to the size."""
    beit = folder / "timm_beit_base.adaroute"
    check.adaroute("convert", models / "timm_beit_base", "-o", beit)
    vit = folder / "timm_vit_base.adaroute"
    for model, case in (vit, "timm_vit_base_sizes"), (beit, "timm_beit_base"):
        reference = models / case / "io.safetensors"
        wanted = load_file(reference)
        if "logits" in wanted:
            found = check.outputs(model, batch(reference, "input", folder), folder)
            check.agrees(f"{model.stem}: logits", found["logits"], wanted["logits"])
        for size in sorted(name for name in wanted if f"{name}_logits" in wanted):
            found = check.outputs(model, batch(reference, size, folder), folder)
            check.agrees(f"{model.stem}: logits of {size}", found["logits"], wanted[f"{size}_logits"])


def graft_and_ship(check, models, folder):
    weights, reference = (models / "graft_vit_base" / name for name in ("graft.safetensors", "io.safetensors"))
    wanted = load_file(reference)["logits"]
    for name in ("timm_vit_base", "onnx_vit_base_op17", "onnx_vit_base_op20"):
        base, grafted, delta = (folder / f"{name}{end}" for end in (".adaroute", ".grafted", ".ardelta"))
        check.adaroute("graft", base, "--weights", weights, "-o", grafted)
        found = check.outputs(grafted, reference, folder)
        output = "logits" if "logits" in found else "output"
        check.agrees(f"{name} grafted: {output}", found[output], wanted)
        check.adaroute("delta", "create", grafted, "-o", delta)
        report = json.loads(check.adaroute("delta", "inspect", delta, "--json").stdout)
        check.say(
            report["parameters"] == PARAMETERS,
            f"{name}: the delta holds {report['parameters']:,} parameters in {delta.stat().st_size:,} bytes",
        )
        hot = check.outputs(base, reference, folder, "--delta", delta)
        same = all(hot[key].tobytes() == found[key].tobytes() for key in found) and hot.keys() == found.keys()
        check.say(same, f"{name}: base + delta gives the grafted model's outputs, bit for bit")
        applied = folder / f"{name}.applied"
        check.adaroute("delta", "apply", base, delta, "-o", applied)
        check.say(applied.read_bytes() == grafted.read_bytes(), f"{name}: delta apply gives the grafted file")


# Router width, trained parameters with the four norms that end the stages for dense tasks: 2 a channel.
STAGED = {"timm_swin_base": (16, 5_242_992), "timm_convnext_base": (24, 6_630_912)}
STAGE_NORMS = 2 * (128 + 256 + 512 + 1024)


def staged_backbones(check, models, folder):
    for name, (hidden, parameters) in STAGED.items():
        model, grafted, delta = (folder / f"{name}{end}" for end in (".adaroute", ".grafted", ".ardelta"))
        reference = models / name / "io.safetensors"
        check.adaroute("convert", models / name, "-o", model)
        wanted, found = load_file(reference), check.outputs(model, batch(reference, "input", folder), folder)
        for output in ("features", "logits"):
            check.agrees(f"{name}: {output}", found[output], wanted[output])
        if "wide" in wanted:
            found = check.outputs(model, batch(reference, "wide", folder), folder)
            check.agrees(f"{name}: logits of 200x150", found["logits"], wanted["wide_logits"])
        settings = ("--rank", 128, "--kernels", "3,5,7", "--router-hidden", hidden)
        check.adaroute("graft", model, *settings, "-o", grafted)
        check.adaroute("delta", "create", grafted, "-o", delta)
        report = json.loads(check.adaroute("delta", "inspect", delta, "--json").stdout)
        count = report["parameters"] + STAGE_NORMS
        check.say(count == parameters, f"{name}: a graft and its stages' norms are {count:,} parameters")


def staged_exports(check, models, folder):
    """ONNX files of the same networks: the outputs, the same graft at the same places, and its answer."""
    for name, (hidden, parameters) in STAGED.items():
        export = f"{name.replace('timm', 'onnx')}_op17"
        model, delta = folder / f"{export}.adaroute", folder / f"{export}.ardelta"
        reference = models / export / "io.safetensors"
        check.adaroute("convert", models / export, "-o", model)
        found = check.outputs(model, batch(reference, "input", folder), folder)["output"]
        check.agrees(f"{export}: output", found, load_file(reference)["output"])
        answers = {}
        for base in (model, folder / f"{name}.adaroute"):
            grafted = folder / "staged.grafted"
            settings = ("--rank", 128, "--kernels", "3,5,7", "--router-hidden", hidden, "--init", "paper", "--seed", 3)
            check.adaroute("graft", base, *settings, "-o", grafted)
            check.adaroute("delta", "create", grafted, "-o", delta)
            report = json.loads(check.adaroute("delta", "inspect", delta, "--json").stdout)
            count = report["parameters"] + STAGE_NORMS
            check.say(count == parameters, f"{base.stem}: a graft and its stages' norms are {count:,} parameters")
            answers[base] = check.outputs(grafted, folder / "input.safetensors", folder)
        wanted = answers[folder / f"{name}.adaroute"]["logits"]
        check.say(np.abs(wanted - found).max() > 1e-3, f"{export}: the graft changes the answer")
        check.agrees(f"{export} grafted: output", answers[model]["output"], wanted)


def batch(reference, name, folder):
    target = folder / "input.safetensors"
    save_file({"input": load_file(reference)[name]}, target)
    return target


def refuse_another_base(check, models, folder):
    other = folder / "other"
    shutil.copytree(models / "timm_vit_base", other)
    tensors = load_file(other / "model.safetensors")
    tensors["blocks.5.mlp.fc1.weight"][7, 11] += 1e-3
    save_file(tensors, other / "model.safetensors")
    delta, io = folder / "timm_vit_base.ardelta", models / "timm_vit_base" / "io.safetensors"
    done = check.adaroute("run", other, "--delta", delta, "--input", io, code=78)
    check.say("blocks.5.mlp.fc1.weight" in done.stderr, f"one changed weight is refused: {done.stderr.strip()}")


def fresh_graft(check, models, folder):
    io, grafted = models / "timm_vit_base" / "io.safetensors", folder / "fresh"
    base = folder / "timm_vit_base.adaroute"
    check.adaroute("graft", base, "-o", grafted)
    before, after = (check.outputs(model, io, folder)["logits"] for model in (base, grafted))
    check.agrees("a fresh identity graft", after, before, 1e-6)


def same_bits(check, models, folder):
    """One and two threads; an image alone and at every place of a batch of 8."""
    images = np.random.default_rng(3).standard_normal((8, 3, 224, 224), dtype=np.float32)
    batch = folder / "batch.safetensors"
    save_file({"input": images}, batch)
    grafted = folder / "timm_vit_base.grafted"
    whole = check.outputs(grafted, batch, folder, "--threads", 1, "--routes")
    again = check.outputs(grafted, batch, folder, "--threads", 2, "--routes")
    check.say(
        all(again[key].tobytes() == whole[key].tobytes() for key in whole), "1 and 2 threads: the same bits"
    )
    same = True
    for index in range(8):
        save_file({"input": images[index : index + 1]}, batch)
        alone = check.outputs(grafted, batch, folder, "--routes")
        same &= all(alone[key].tobytes() == whole[key][index : index + 1].tobytes() for key in whole)
    check.say(same, "each image alone and in a batch of 8: the same bits")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", required=True, help="the adaroute binary")
    parser.add_argument("--models", type=pathlib.Path, default=pathlib.Path(".build/peers/models"))
    given = parser.parse_args()
    script = HERE.parent / "fixtures" / "make_full_size.py"
    subprocess.run([sys.executable, script, given.models], check=True, stdout=sys.stderr)
    check = Check(given.tool)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        convert_all(check, given.models, folder)
        every_size(check, given.models, folder)
        graft_and_ship(check, given.models, folder)
        staged_backbones(check, given.models, folder)
        staged_exports(check, given.models, folder)
        refuse_another_base(check, given.models, folder)
        fresh_graft(check, given.models, folder)
        same_bits(check, given.models, folder)
    sys.exit(1 if check.failed else 0)


if __name__ == "__main__":
    main()
