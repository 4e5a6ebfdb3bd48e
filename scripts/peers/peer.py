"""Runs one model in ONNX Runtime or PyTorch and prints what `adaroute bench --json` prints of ours.

    python peer.py onnxruntime MODELS --batch 1 --threads 2 --seconds 5
    python peer.py torch-graft MODELS --batch 1 --threads 2 --seconds 5
"""

import argparse
import json
import pathlib
import resource
import sys
import time

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fixtures"))


def onnxruntime(models, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    path = str(models / "onnx_vit_base_op17" / "model.onnx")
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda batch: session.run(None, {"input": batch})[0]


def torch_graft(models, threads):
    import torch
    from adaroute_torch import Graft
    from safetensors.torch import load_file

    import python_torchvision  # noqa: F401, comes before timm
    import timm

    torch.set_num_threads(threads)
    model = timm.create_model("vit_base_patch16_224", pretrained=False)
    graft = Graft(model)
    model.load_state_dict(load_file(models / "timm_vit_base" / "model.safetensors"))
    graft.load_state_dict(load_file(models / "graft_vit_base" / "graft.safetensors"))
    model.eval(), graft.eval()

    def run(batch):
        with torch.inference_mode():
            return model(torch.from_numpy(batch)).numpy()

    return run


PEERS = {"onnxruntime": (onnxruntime, "onnx_vit_base_op17"), "torch-graft": (torch_graft, "graft_vit_base")}


def milliseconds(call):
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1e3


def distance(run, folder):
    """The largest difference from the expected outputs, relative to their largest value."""
    from safetensors.numpy import load_file

    tensors = load_file(folder / "io.safetensors")
    expected = tensors.get("output", tensors.get("logits"))
    return float(np.abs(run(tensors["input"]) - expected).max() / np.abs(expected).max())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("models", type=pathlib.Path)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--check", action="store_true", help="print only how far the outputs are off")
    given = parser.parse_args()
    load, case = PEERS[given.peer]
    start = time.perf_counter()
    run = load(given.models, given.threads)
    load_ms = (time.perf_counter() - start) * 1e3
    if given.check:
        print(json.dumps({"distance": distance(run, given.models / case)}))
        return
    count = given.batch * 3 * 224 * 224
    batch = (np.arange(count, dtype=np.float32) % 255 / 127.5 - 1).reshape(given.batch, 3, 224, 224)
    first_ms = milliseconds(lambda: run(batch))
    times, deadline = [], time.perf_counter() + given.seconds
    while len(times) < 3 or time.perf_counter() < deadline:
        times.append(milliseconds(lambda: run(batch)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    report = {
        "median_ms": float(np.median(times)),
        "minimum_ms": min(times),
        "load_ms": load_ms,
        "first_ms": first_ms,
        "peak_memory_bytes": peak,
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
