"""Times one of the tasks on a photo in the tool or in PyTorch, and prints what bench.py reads of a side.

    python dense.py adaroute MODEL.adaroute mask_rcnn PHOTO --tool TOOL
    python dense.py torch MODEL.pth mask_rcnn PHOTO --results FILE.npz

A time is from a photo's file to what is found in it. Of the tool, which is a process of its own, the time of a further
photo is taken: that of a run on several less that of a run on one, whose time is given as the first one's.
"""

import argparse
import json
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
from PIL import Image

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fixtures"))
# What the tool calls each network's task.
TASKS = {"upernet": "segment", "mask_rcnn": "detect", "panoptic_fpn": "panoptic"}
FURTHER = 2


def run_tool(given, photos, folder=None):
    """Milliseconds of the process, and the most memory that it held."""
    command = [given.tool, "run", given.model, "--task", TASKS[given.network], "--threads", given.threads]
    command += ["-o", folder] if folder else []
    start = time.perf_counter()
    process = subprocess.Popen([*map(str, command), "--image", *photos], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"adaroute run failed on {photos[0]}")
    return (time.perf_counter() - start) * 1e3, usage.ru_maxrss * 1024


def time_tool(given):
    with tempfile.TemporaryDirectory() as folder:
        photos = [f"{folder}/{index}{pathlib.Path(given.photo).suffix}" for index in range(1 + FURTHER)]
        for photo in photos:
            shutil.copyfile(given.photo, photo)
        one, several = run_tool(given, photos[:1]), run_tool(given, photos)
    each = (several[0] - one[0]) / FURTHER
    return {
        "median_ms": each, "minimum_ms": each, "load_ms": 0, "first_ms": one[0],
        "peak_memory_bytes": max(one[1], several[1])}


def time_torch(given):
    import dense_torch

    start = time.perf_counter()
    run = dense_torch.runner(given.model, given.network, given.threads)
    times = [time.perf_counter()]
    for _ in range(1 + FURTHER):
        run(given.photo)
        times.append(time.perf_counter())
    first, *further = [(b - a) * 1e3 for a, b in zip(times, times[1:])]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {
        "median_ms": statistics.median(further), "minimum_ms": min(further), "load_ms": (times[0] - start) * 1e3,
        "first_ms": first, "peak_memory_bytes": peak}


def results_of_tool(given):
    """What the tool writes, as PyTorch's side has it."""
    with tempfile.TemporaryDirectory() as folder:
        run_tool(given, [given.photo], folder)
        folder = pathlib.Path(folder)
        if given.network == "upernet":
            return {"labels": np.array(Image.open(next(folder.glob("*.labels.png"))))}
        if given.network == "mask_rcnn":
            found = json.loads((folder / "results.json").read_text())
            boxes = np.array([entry["bbox"] for entry in found]).reshape(-1, 4)
            boxes[:, 2:] += boxes[:, :2]
            return {"boxes": boxes, "classes": np.array([entry["category_id"] - 1 for entry in found])}
        pixels = np.array(Image.open(next(folder.glob("*.panoptic.png")))).astype(int)
        numbers = pixels[..., 0] + 256 * pixels[..., 1] + 65536 * pixels[..., 2]
        labels = np.full(numbers.shape, 133)
        for segment in json.loads((folder / "panoptic.json").read_text())["annotations"][0]["segments_info"]:
            labels[numbers == segment["id"]] = segment["category_id"] - 1
        return {"labels": labels}


def results_of_torch(given):
    import dense_torch

    found = dense_torch.runner(given.model, given.network, given.threads)(given.photo)
    found = {key: value.numpy() for key, value in found.items()}
    if given.network == "panoptic_fpn":
        found["labels"] = found["labels"] % 1000
    return found


def overlap(a, b):
    """Of every box of a with every one of b: intersection over union."""
    low, high = np.maximum(a[:, None, :2], b[None, :, :2]), np.minimum(a[:, None, 2:], b[None, :, 2:])
    common = (high - low).clip(min=0).prod(-1)
    area = lambda boxes: (boxes[:, 2:] - boxes[:, :2]).prod(-1)
    return common / (area(a)[:, None] + area(b)[None] - common)


def agreement(ours, theirs):
    """The share of pixels with equal labels, or of boxes that the other side has in the same class within 5 %."""
    if "labels" in ours:
        return float((ours["labels"] == theirs["labels"]).mean())
    if len(ours["boxes"]) != len(theirs["boxes"]) or not len(ours["boxes"]):
        return 0.0
    same = overlap(ours["boxes"], theirs["boxes"]) > 0.95
    same &= ours["classes"][:, None] == theirs["classes"][None]
    return float(min(same.any(0).mean(), same.any(1).mean()))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("side", choices=("adaroute", "torch"))
    parser.add_argument("model", help="a converted model for the tool, a checkpoint for PyTorch")
    parser.add_argument("network", choices=TASKS)
    parser.add_argument("photo")
    parser.add_argument("--tool")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--results", help="write what is found, and time nothing")
    given = parser.parse_args()
    if given.results:
        np.savez(given.results, **(results_of_tool if given.side == "adaroute" else results_of_torch)(given))
    else:
        print(json.dumps((time_tool if given.side == "adaroute" else time_torch)(given)))


if __name__ == "__main__":
    main()
