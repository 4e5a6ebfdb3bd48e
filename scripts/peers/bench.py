"""Times `adaroute bench` against other runtimes on the same weights, and writes a table as Markdown and JSON.

Every round runs ours and theirs one after the other, each in a process of its own, and swaps their order. A
figure is the median over the rounds of each round's median; a ratio is the median over the rounds of ours /
theirs in that round, so that what else the machine does hits both sides. With --patience, a measurement waits
for a quiet machine, and is repeated where other processes took part of the CPUs; what they took is recorded.
"""

import argparse
import importlib.metadata
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile

import quiet

HERE = pathlib.Path(__file__).resolve().parent
TOLERANCE = 1e-4  # Of the largest logit: what float32 runtimes of this depth differ by, with room.


def ours(given, command, case):
    """The tool's command on a case's model: the converted one, or the checkpoint with the graft beside it."""
    converted = {"vit": given.vit, "graft": given.grafted}[case]
    if converted:
        return [given.tool, command, converted]
    weights = ["--weights", str(given.models / "graft_vit_base" / "graft.safetensors")]
    return [given.tool, command, str(given.models / "timm_vit_base"), *(weights if case == "graft" else [])]


def output(command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def make_models(given):
    script = HERE.parent / "fixtures" / "make_full_size.py"
    only = ["timm_vit_base", "onnx_vit_base_op17", "graft_vit_base"]
    subprocess.run([sys.executable, script, given.models, "--only", *only], check=True, stdout=sys.stderr)


def logits_of(tensors):
    """A converted model may call its output otherwise."""
    return tensors["logits"] if "logits" in tensors else tensors["output"]


def check(given, case, peer):
    """Stops where either side computes something else than PyTorch did."""
    import numpy as np
    from safetensors.numpy import load_file

    expected = given.models / {"vit": "timm_vit_base", "graft": "graft_vit_base"}[case] / "io.safetensors"
    with tempfile.TemporaryDirectory() as folder:
        result = f"{folder}/out.safetensors"
        output([*ours(given, "run", case), "--input", str(expected), "-o", result])
        logits, wanted = logits_of(load_file(result)), load_file(expected)["logits"]
    distances = {"adaroute": float(np.abs(logits - wanted).max() / np.abs(wanted).max())}
    theirs = [sys.executable, HERE / "peer.py", peer, given.models, "--check"]
    distances[peer] = json.loads(output(theirs))["distance"]
    for name, distance in distances.items():
        if not distance <= TOLERANCE:
            sys.exit(f"{case}: the outputs of {name} are off by {distance:.1e} of the largest logit")
    return distances


def report(given, command):
    """The report of the least disturbed of several tries."""
    best = None
    for _ in range(1 + given.tries if given.patience else 1):
        quiet.wait(given.patience)
        text, others = quiet.run(command)
        if best is None or others < best["others"]:
            best = json.loads(text) | {"others": others}
        if others <= quiet.ALLOWED:
            break
    return best


def measure(given, case, peer, batch):
    options = ["--batch", str(batch), "--threads", str(given.threads), "--seconds", str(given.seconds)]
    commands = {
        "ours": [*ours(given, "bench", case), *options, "--json"],
        "theirs": [sys.executable, HERE / "peer.py", peer, given.models, *options],
    }
    reports = {"ours": [], "theirs": []}
    for number in range(given.rounds):
        for side in ("ours", "theirs") if number % 2 == 0 else ("theirs", "ours"):
            reports[side].append(report(given, commands[side]))
        pair = [reports[side][-1]["median_ms"] for side in ("ours", "theirs")]
        print(f"{case} {batch}, {number + 1}: {pair[0]:.1f} ms, {peer} {pair[1]:.1f} ms", file=sys.stderr)
    return {"case": case, "batch": batch, "peer": peer, **summary(reports), "reports": reports}


def summary(reports):
    pairs = list(zip(reports["ours"], reports["theirs"]))
    ratios = [a["median_ms"] / b["median_ms"] for a, b in pairs]
    result = {"ratio": statistics.median(ratios), "ratio_range": [min(ratios), max(ratios)]}
    for side, rounds in reports.items():
        result[side] = {
            key: statistics.median(report[key] for report in rounds)
            for key in ("median_ms", "minimum_ms", "load_ms", "first_ms", "peak_memory_bytes", "others")
        }
        medians = [report["median_ms"] for report in rounds]
        result[side]["median_range_ms"] = [min(medians), max(medians)]
    return result


def processor():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def conditions(given, rows):
    versions = {name: importlib.metadata.version(name) for name in ("onnxruntime", "torch", "timm")}
    return {
        "processor": processor(),
        "tier": rows[0]["reports"]["ours"][0]["tier"],
        "cpus": len(os.sched_getaffinity(0)),
        "threads": given.threads,
        "rounds": given.rounds,
        "seconds": given.seconds,
        "load_average": os.getloadavg(),
        "versions": versions,
    }


NAMES = {"vit": "ViT-B/16", "graft": "ViT-B/16 + AdaRoute r128 k3,5,7"}


def bracketed(bounds, digits):
    return f"({bounds[0]:.{digits}f}–{bounds[1]:.{digits}f})"


def markdown(stated, rows):
    lines = [
        f"{stated['processor']}, {stated['tier']}, {stated['threads']} threads, float32; median of "
        f"{stated['rounds']} interleaved rounds of {stated['seconds']:g} s, least to greatest in brackets; "
        "ratio is ours / theirs. "
        + ", ".join(f"{name} {version}" for name, version in stated["versions"].items())
        + ".",
        "",
        "| model | batch | peer | ours, ms | theirs, ms | ratio | load + first run, ms | peak memory, MB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        a, b = row["ours"], row["theirs"]
        cells = [NAMES[row["case"]], str(row["batch"]), row["peer"]]
        cells += [f"{side['median_ms']:.1f} " + bracketed(side["median_range_ms"], 1) for side in (a, b)]
        cells += [f"**{row['ratio']:.2f}** " + bracketed(row["ratio_range"], 2)]
        cells += [" / ".join(f"{side['load_ms'] + side['first_ms']:.0f}" for side in (a, b))]
        cells += [" / ".join(f"{side['peak_memory_bytes'] / 1e6:.0f}" for side in (a, b))]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tool", required=True, help="the adaroute binary")
    folder = pathlib.Path(".build/peers")
    parser.add_argument("--models", type=pathlib.Path, default=folder / "models", help="made where missing")
    parser.add_argument("--vit", help="a converted ViT-B/16 to use in place of the checkpoint")
    parser.add_argument("--grafted", help="a converted grafted ViT-B/16 likewise")
    parser.add_argument("--out", type=pathlib.Path, default=folder, help="for peers.md and peers.json")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--patience", type=float, default=0, help="seconds to wait for a quiet machine")
    parser.add_argument("--tries", type=int, default=2, help="repetitions of a disturbed measurement")
    parser.add_argument("--batches", type=int, nargs="*", default=[1, 8])
    parser.add_argument("--only", choices=NAMES, help="one of the two models")
    given = parser.parse_args()
    make_models(given)
    cases = {"vit": "onnxruntime", "graft": "torch-graft"}
    rows = []
    for case, peer in cases.items():
        if given.only in (None, case):
            distances = check(given, case, peer)
            rows += [measure(given, case, peer, batch) | {"distances": distances} for batch in given.batches]
    stated = conditions(given, rows)
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "peers.json").write_text(json.dumps(stated | {"rows": rows}, indent=1))
    (given.out / "peers.md").write_text(markdown(stated, rows))
    print(markdown(stated, rows), end="")


if __name__ == "__main__":
    main()
