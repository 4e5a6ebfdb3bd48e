"""Writes networks of fixtures/ as ONNX, has onnx.checker judge them and ONNX Runtime run them.

Prints a line for every network: its nodes, the largest difference to the reference that the fixture states, and the
largest difference to our own runtime on one image and on three, all from one file, each relative to a value's largest
magnitude where that exceeds 1. `noise` is how much ONNX Runtime differs from itself with its optimisations off: some
networks of random weights amplify rounding. Exits with 1 where a file is refused, or a difference exceeds 2e-5 and
five times the noise.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from safetensors.numpy import load_file, save_file

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "fixtures"
TOLERANCE = 2e-5


def distance(found, expected):
    if found.shape != expected.shape:
        return float("inf")
    if not expected.size:
        return 0.0
    return float(np.abs(found - expected).max() / max(1, np.abs(expected).max()))


def options(folder):
    """How the tool is told of a fixture's network."""
    if folder.name.startswith("graft_"):
        base = json.loads((folder / "case.json").read_text())["base"]
        return [folder.parent / base, "--weights", folder / "graft.safetensors"]
    return [folder] if (folder / "config.json").exists() else [folder, "--config", folder / "case.json"]


def run(tool, *arguments):
    done = subprocess.run([tool, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr.strip())


def check(tool, fixture, opset, folder):
    path = folder / f"{fixture.name}.onnx"
    run(tool, "export", *options(fixture), "-o", path, "--opset", opset)
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    plain = onnxruntime.SessionOptions()
    plain.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    unoptimised = onnxruntime.InferenceSession(path, plain, providers=["CPUExecutionProvider"])
    outputs = [output.name for output in session.get_outputs()]
    references = load_file(fixture / "io.safetensors")
    image = references["input"]
    results = dict(zip(outputs, session.run(None, {session.get_inputs()[0].name: image})))
    noise = max(
        distance(value, results[key])
        for key, value in zip(outputs, unoptimised.run(None, {session.get_inputs()[0].name: image}))
    )
    stated = max((distance(results[key], references[key]) for key in results if key in references), default=None)
    own = []
    for count in (1, 3):
        batch = np.concatenate([image[:1] * (1 + 0.25 * i) for i in range(count)]).astype(np.float32)
        save_file({"input": batch}, folder / "in.safetensors")
        run(tool, "run", *options(fixture), "--input", folder / "in.safetensors", "-o", folder / "out.safetensors")
        ours = load_file(folder / "out.safetensors")
        theirs = dict(zip(outputs, session.run(None, {session.get_inputs()[0].name: batch})))
        own.append(max(distance(theirs[key], ours[key]) for key in outputs))
    return len(model.graph.node), stated, own, noise


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fixtures", nargs="*", help="names in fixtures/ or folders; all checkpoints and grafts by default")
    parser.add_argument("--folder", type=pathlib.Path, default=FIXTURES, help="in which fixtures are looked for")
    parser.add_argument("--tool", required=True)
    parser.add_argument("--opset", type=int, default=17)
    arguments = parser.parse_args()
    kinds = ("timm", "hf", "parax", "graft")
    fixtures = [arguments.folder / name for name in arguments.fixtures] or sorted(
        entry for entry in arguments.folder.iterdir() if entry.name.split("_")[0] in kinds and entry.is_dir()
    )
    failed = 0
    print(f"{'network':28} {'nodes':>6} {'reference':>10} {'1 image':>10} {'3 images':>10} {'noise':>10}")
    with tempfile.TemporaryDirectory() as folder:
        for fixture in fixtures:
            name = fixture.name
            try:
                nodes, stated, own, noise = check(arguments.tool, fixture, arguments.opset, pathlib.Path(folder))
            except Exception as error:
                failed += 1
                print(f"{name:28} FAILED: {' '.join(str(error).split())[:200]}")
                continue
            holds = all(value <= max(TOLERANCE, 5 * noise) for value in [stated or 0, *own])
            failed += not holds
            shown = "-" if stated is None else f"{stated:.1e}"
            print(f"{name:28} {nodes:6} {shown:>10} {own[0]:10.1e} {own[1]:10.1e} {noise:10.1e}" + ("" if holds else "  FAILED"))
    print(f"{len(fixtures) - failed} of {len(fixtures)} agree, operator set {arguments.opset}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
