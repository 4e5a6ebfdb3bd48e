"""Times `adaroute bench` against other runtimes on the same weights, and writes a table as Markdown and JSON.

A round runs ours and every peer one after the other, each in a process of its own; every round starts with another
one. A figure is the median over the rounds of each round's median; a ratio is the median over the rounds of ours /
theirs in that round, so that what else the machine does hits both sides. With --patience, a measurement waits for a
quiet machine, and is repeated where other processes took part of the CPUs; what they took is recorded.
"""

import argparse
import dataclasses
import importlib.metadata
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import quiet
from dense import TASKS, agreement
from networks import ROWS, Networks
from safetensors.numpy import load_file, save_file

HERE = pathlib.Path(__file__).resolve().parent
# Of the largest logit: what float32 runtimes of this depth differ by, with room.
TOLERANCE = 1e-4
# Lowest cosine of the logits with those of float32.
SIMILARITY = {"f32": 0.999999, "bf16": 0.999, "int8": 0.99}
# Share of pixels or boxes that a dense network must find as PyTorch does: roundings decide a few.
AGREEMENT = 0.98


def limits(tier, folder):
    """What holds a process to a tier, peers without a setting for it included; None where this CPU cannot."""
    if not tier:
        return {}
    source, library = HERE / "without_avx512.c", (folder / "without_avx512.so").resolve()
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", source, "-o", library], check=True)
    limited = {"LD_PRELOAD": str(library)}
    return limited if subprocess.run(["true"], env=os.environ | limited).returncode == 0 else None


def ours(given, networks, row, command):
    options = ["--threads", given.threads]
    options += ["--tier", row.tier] if row.tier else []
    options += ["--precision", row.precision] if row.precision != "f32" else []
    return [given.tool, command, networks.ours(row.model), *options]


def theirs(given, networks, row, peer):
    model = given.models if peer.startswith("torch") else networks.onnx(peer_model(row, peer))
    options = ["--threads", given.threads, "--size", row.size, "--precision", row.precision]
    return [sys.executable, HERE / "peer.py", peer, model, *options]


def peer_model(row, peer):
    """ONNX Runtime has integers in the file."""
    return row.model + ("-int8" if row.precision == "int8" and peer == "onnxruntime" else "")


def call(command):
    return subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True).stdout


def logits_of(path):
    """A converted model may call its output otherwise."""
    tensors = load_file(path)
    return tensors["logits"] if "logits" in tensors else tensors["output"]


def check(given, networks, row):
    """Stops where a side computes something else than PyTorch, or than ours in float32, did."""
    expected = networks.expected(row.model)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        images = folder / "input.safetensors"
        if expected:
            save_file({"input": load_file(expected)["input"]}, images)
            wanted = load_file(expected)["logits"]
        else:
            noise = np.random.default_rng(1).standard_normal((1, 3, row.size, row.size))
            save_file({"input": noise.astype(np.float32)}, images)
            call([given.tool, "run", networks.ours(row.model), "--input", images, "-o", folder / "plain"])
            wanted = logits_of(folder / "plain")
        call([*ours(given, networks, row, "run"), "--input", images, "-o", folder / "adaroute"])
        for peer in row.peers:
            call([*theirs(given, networks, row, peer), "--input", images, "--output", folder / peer])
        found = {name: logits_of(folder / name) for name in ("adaroute", *row.peers)}
    distances = {name: float(np.abs(x - wanted).max() / np.abs(wanted).max()) for name, x in found.items()}
    cosines = {name: cosine(x, wanted) for name, x in found.items()}
    for name in found:
        off = row.precision == "f32" and not distances[name] <= TOLERANCE
        if off or not cosines[name] >= SIMILARITY[row.precision]:
            how = f"{distances[name]:.1e} of the largest logit, cosine {cosines[name]:.5f}"
            sys.exit(f"{row.title}: {name} is off by {how}")
    return {"distances": distances, "cosines": cosines}


def cosine(a, b):
    """The least of an image's."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    return float(((a * b).sum(-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)).min())


def dense(given, networks, row, side):
    model = networks.ours(row.model) if side == "adaroute" else networks.checkpoint(row.model)
    command = [sys.executable, HERE / "dense.py", side, model, row.model, networks.photo(row.photo)]
    return [*command, "--tool", given.tool, "--threads", given.threads]


def check_dense(given, networks, row):
    """Stops where a photo's results are not PyTorch's."""
    with tempfile.TemporaryDirectory() as folder:
        found = {}
        for side in ("adaroute", *row.peers):
            path = pathlib.Path(folder) / f"{side}.npz"
            call([*dense(given, networks, row, side), "--results", path])
            found[side] = dict(np.load(path))
    shares = {peer: agreement(found["adaroute"], found[peer]) for peer in row.peers}
    for peer, share in shares.items():
        if not share >= AGREEMENT:
            sys.exit(f"{row.title}: of what {peer} finds, {share:.1%} is found alike")
    return {"agreement": shares}


def report(given, command, limits):
    """The report of the least disturbed of several tries."""
    best = None
    for _ in range(1 + given.tries if given.patience else 1):
        quiet.wait(given.patience)
        text, others = quiet.run([*given.prefix, *map(str, command)], os.environ | limits)
        if best is None or others < best["others"]:
            best = json.loads(text) | {"others": others}
        if others <= quiet.ALLOWED:
            break
    return best


def measure(given, networks, key):
    row, limited = ROWS[key], limits(ROWS[key].tier, given.models)
    if limited is None:
        print(f"{key}: the peers cannot be held to {row.tier} on this CPU", file=sys.stderr)
        row, limited = dataclasses.replace(row, peers=()), {}
    checked = (check_dense if row.photo else check)(given, networks, row)
    options = ["--batch", row.batch, "--seconds", given.seconds]
    size = ["--image-size", f"{row.size}x{row.size}"] if row.size != 224 else []
    commands = {"adaroute": [*ours(given, networks, row, "bench"), *options, *size, "--json"]}
    commands |= {peer: [*theirs(given, networks, row, peer), *options] for peer in row.peers}
    if row.photo:
        commands = {side: dense(given, networks, row, side) for side in ("adaroute", *row.peers)}
    sides = list(commands)
    reports = {side: [] for side in sides}
    for number in range(given.rounds):
        first = number % len(sides)
        for side in sides[first:] + sides[:first]:
            reports[side].append(report(given, commands[side], limited))
        times = ", ".join(f"{side} {reports[side][-1]['median_ms']:.1f}" for side in sides)
        print(f"{key}, {number + 1}: {times} ms", file=sys.stderr, flush=True)
    described = {"title": row.title, "batch": row.batch, "precision": row.precision, "tier": row.tier}
    start = started(given, networks, row)
    return {"row": key, **described, "sides": summary(reports), "start_ms": start, **checked, "reports": reports}


def started(given, networks, row):
    """Milliseconds from the start of our process to its end, for one run of one image: the median of three."""
    with tempfile.TemporaryDirectory() as folder:
        images, times = pathlib.Path(folder) / "input.safetensors", []
        save_file({"input": np.zeros((1, 3, row.size, row.size), np.float32)}, images)
        command = [*ours(given, networks, row, "run"), "--input", images]
        if row.photo:
            task = ["--task", TASKS[row.model], "--threads", given.threads]
            command = [given.tool, "run", networks.ours(row.model), *task, "--image", networks.photo(row.photo)]
        for _ in range(3):
            start = time.perf_counter()
            call(command)
            times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


def summary(reports):
    result = {}
    for side, rounds in reports.items():
        ratios = [a["median_ms"] / b["median_ms"] for a, b in zip(reports["adaroute"], rounds)]
        result[side] = {
            key: statistics.median(report[key] for report in rounds)
            for key in ("median_ms", "minimum_ms", "load_ms", "first_ms", "peak_memory_bytes", "others")
        }
        medians = [report["median_ms"] for report in rounds]
        result[side] |= {"median_range_ms": [min(medians), max(medians)]}
        result[side] |= {"ratio": statistics.median(ratios), "ratio_range": [min(ratios), max(ratios)]}
    return result


def processor():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def conditions(given, rows):
    versions = {name: importlib.metadata.version(name) for name in ("onnxruntime", "openvino", "torch", "timm")}
    return {
        "processor": processor(),
        # A dense task's report has none.
        "tier": next((row["reports"]["adaroute"][0].get("tier") for row in rows if "cosines" in row), "own tier"),
        "cpus": len(os.sched_getaffinity(0)),
        "threads": given.threads,
        "rounds": given.rounds,
        "seconds": given.seconds,
        "load_average": os.getloadavg(),
        "versions": versions,
    }


def bracketed(bounds, digits):
    return f"({bounds[0]:.{digits}f}–{bounds[1]:.{digits}f})"


def kind(row):
    """What a row's numbers are computed with, where it is not the usual."""
    tier = f", {row['tier']} alone" if row["tier"] else ""
    return row["precision"] + tier


def markdown(stated, rows):
    lines = [
        f"{stated['processor']}, {stated['tier']}, {stated['threads']} threads; medians of {stated['rounds']} rounds "
        f"of {stated['seconds']:g} s a side, least to greatest in brackets; ms are of a whole batch; ratio is ours / "
        "theirs; start is a whole process for one image. "
        + ", ".join(f"{name} {version}" for name, version in stated["versions"].items())
        + ".",
        "",
        "| network | batch | numbers | | ms | ratio | load + first run, ms | peak memory, MB | cosine with float32 |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        for side, figures in row["sides"].items():
            own = side == "adaroute"
            cells = [row["title"], str(row["batch"]), kind(row)] if own else ["", "", ""]
            cells += [side, f"{figures['median_ms']:.1f} {bracketed(figures['median_range_ms'], 1)}"]
            cells += ["" if own else f"**{figures['ratio']:.2f}** {bracketed(figures['ratio_range'], 2)}"]
            cells += [
                f"{figures['load_ms'] + figures['first_ms']:.0f}"
                + (f"; start {row['start_ms']:.0f}" if own else "")
            ]
            alike = f"{row['cosines'][side]:.5f}" if "cosines" in row else ""
            if side in row.get("agreement", {}):
                alike = f"{row['agreement'][side]:.1%} found alike"
            cells += [f"{figures['peak_memory_bytes'] / 1e6:.0f}", alike]
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tool", required=True, help="the adaroute binary")
    folder = pathlib.Path(".build/peers")
    parser.add_argument("--models", type=pathlib.Path, default=folder / "models", help="made where missing")
    parser.add_argument("--out", type=pathlib.Path, default=folder, help="for peers.md and peers.json")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--patience", type=float, default=0, help="seconds to wait for a quiet machine")
    parser.add_argument("--tries", type=int, default=2, help="repetitions of a disturbed measurement")
    parser.add_argument("--prefix", nargs="*", default=[], help="a command to start every measurement with")
    parser.add_argument("--rows", nargs="*", choices=ROWS, default=list(ROWS))
    given = parser.parse_args()
    networks = Networks(given.tool, given.models)
    networks.make(dict.fromkeys(ROWS[key].model for key in given.rows))
    for key in given.rows:
        if ROWS[key].precision == "int8":
            networks.quantize(ROWS[key].model)
    rows = []
    for key in given.rows:
        rows.append(measure(given, networks, key))
        # After every row: what was measured is not lost when a later one fails.
        stated = conditions(given, rows)
        given.out.mkdir(parents=True, exist_ok=True)
        (given.out / "peers.json").write_text(json.dumps(stated | {"rows": rows}, indent=1))
        (given.out / "peers.md").write_text(markdown(stated, rows))
    print(markdown(stated, rows), end="")


if __name__ == "__main__":
    main()
