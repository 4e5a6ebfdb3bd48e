"""Runs one model in another runtime and prints what `adaroute bench --json` prints of ours.

    python peer.py onnxruntime MODEL.onnx --batch 1 --size 224 --threads 2 --seconds 5
    python peer.py openvino MODEL.onnx --input IMAGES.safetensors --output LOGITS.safetensors
    python peer.py torch-graft MODELS
"""

import argparse
import json
import pathlib
import resource
import sys
import time

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fixtures"))


def onnxruntime(model, threads, precision):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    output = [o.name for o in session.get_outputs() if o.name in ("logits", "output")][:1]
    return lambda batch: session.run(output, {name: batch})[0]


def openvino(model, threads, precision):
    import openvino

    kind = {"f32": "f32", "bf16": "bf16"}[precision]
    settings = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": kind, "PERFORMANCE_HINT": "LATENCY"}
    compiled = openvino.Core().compile_model(model, "CPU", settings)
    request = compiled.create_infer_request()
    names = [next(iter(output.names)) for output in compiled.outputs]
    index = next((i for i, name in enumerate(names) if name in ("logits", "output")), 0)

    def run(batch):
        request.infer({0: batch}, share_inputs=True)
        return request.get_output_tensor(index).data

    return run


def torch_model(folder, threads, grafted):
    import torch
    from safetensors.torch import load_file

    import python_torchvision  # noqa: F401, comes before timm
    import timm

    torch.set_num_threads(threads)
    folder = pathlib.Path(folder)
    model = timm.create_model("vit_base_patch16_224", pretrained=False)
    if grafted:
        from adaroute_torch import Graft

        graft = Graft(model)
        graft.load_state_dict(load_file(folder / "graft_vit_base" / "graft.safetensors"))
        graft.eval()
    model.load_state_dict(load_file(folder / "timm_vit_base" / "model.safetensors"))
    model.eval()

    def run(batch, kept=graft if grafted else None):
        with torch.inference_mode():
            return model(torch.from_numpy(batch)).numpy()

    return run


PEERS = {
    "onnxruntime": onnxruntime,
    "openvino": openvino,
    "torch": lambda model, threads, precision: torch_model(model, threads, grafted=False),
    "torch-graft": lambda model, threads, precision: torch_model(model, threads, grafted=True),
}


def milliseconds(call):
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1e3


def compute(run, source, target):
    from safetensors.numpy import load_file, save_file

    images = load_file(source)["input"]
    # One at a time: some files have a closed batch.
    save_file({"logits": np.concatenate([run(images[i : i + 1]).copy() for i in range(len(images))])}, target)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("model", help="an ONNX file; for PyTorch the folder of checkpoints")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--precision", default="f32")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--input", help="write what these images give, and time nothing")
    parser.add_argument("--output")
    given = parser.parse_args()
    start = time.perf_counter()
    run = PEERS[given.peer](given.model, given.threads, given.precision)
    load_ms = (time.perf_counter() - start) * 1e3
    if given.input:
        compute(run, given.input, given.output)
        return
    count = given.batch * 3 * given.size**2
    batch = (np.arange(count, dtype=np.float32) % 255 / 127.5 - 1).reshape(given.batch, 3, given.size, given.size)
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
