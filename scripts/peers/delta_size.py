"""Writes deltas of full-size ViT-B/16 and Swin-B grafts, and compares them with what ZipNN makes of the same tensors.

The adapter tensors have the statistics of trained ones: every tensor is drawn from a normal distribution with the spread
that the tensor has when the authors' code begins to train it, 0.02 where all its numbers are equal.

Prints, for float32 and bfloat16, shares of the tensors' bytes: the delta's file, its tensors without names, shapes and
digests, and ZipNN's least. Then the time that one thread takes to pack and to unpack tensors that are in memory, ours and
ZipNN's in turn, medians of several rounds in milliseconds of CPU time. Ours is making a whole delta, which goes to
/dev/null, and reading one, every digest included; of that, `SHA-256` is what the digests take, which ZipNN does not make:
of tensors and frames to pack, of tensors to unpack. ZipNN is given the tensors one by one, as its own plugin for
safetensors does, so that each can be read alone; and, as `one buffer`, the bytes of all tensors at once, without names and
shapes. Both processes keep the memory that they free.

Exits with 1 where a delta's file exceeds 86 % (71 %), or its tensors ZipNN's size by more than 1 %, or the time ZipNN's
for the tensors.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

import torch
from safetensors import safe_open
from safetensors.torch import save_file

warnings.filterwarnings("ignore")
import zipnn  # noqa: E402

LIMITS = {"f32": 0.86, "bf16": 0.71}
# For the C library's allocator: a new page takes longer than what is unpacked to it.
WARM = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(1 << 30)}
TYPES = {"f32": (torch.float32, "float32"), "bf16": (torch.bfloat16, "bfloat16")}


def own_time(body):
    start = time.process_time()
    result = body()
    return time.process_time() - start, result


def trained_like(path, seed):
    """The adapter tensors of a fresh graft, as if trained."""
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    with safe_open(path, "pt") as file:
        for name in sorted(file.keys()):
            if ".adapter" not in name and "peft_params" not in name:
                continue
            tensor = file.get_tensor(name)
            spread = float(tensor.std()) if tensor.numel() > 1 else 0.0
            tensors[name] = torch.randn(tensor.shape, generator=generator) * (spread or 0.02)
    return tensors


def compare(given, name, checkpoint, folder):
    tool = given.tool
    base, fresh, graft, grafted = (folder / f"{name}.{end}" for end in ("base", "fresh", "safetensors", "grafted"))
    subprocess.run([tool, "convert", checkpoint, "-o", base], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([tool, "graft", base, "--init", "paper", "-o", fresh], check=True, stdout=subprocess.DEVNULL)
    tensors = trained_like(fresh, seed=7)
    save_file(tensors, graft)
    fresh.unlink()
    subprocess.run(
        [tool, "graft", base, "--weights", graft, "-o", grafted], check=True, stdout=subprocess.DEVNULL)
    fits = True
    for short, (dtype, long) in TYPES.items():
        stored = {key: tensor.to(dtype).contiguous() for key, tensor in tensors.items()}
        parts = [tensor.view(-1).view(torch.uint8).numpy().tobytes() for tensor in stored.values()]
        content = b"".join(parts)
        packer = zipnn.ZipNN(bytearray_dtype=long, input_format="byte", threads=1)
        delta, alone, packed_file = (folder / f"{name}.{short}.{end}" for end in ("ardelta", "tensors", "packed"))
        save_file(stored, alone)
        subprocess.run(
            [tool, "delta", "create", grafted, "-o", delta, "--dtype", short], check=True, stdout=subprocess.DEVNULL)
        times = {key: [] for key in ("write", "read", "digests", "pack", "unpack", "pack one", "unpack one")}
        for _ in range(given.rounds):
            ours = subprocess.run(
                [given.packing, alone, packed_file, "9"], check=True, stdout=subprocess.PIPE).stdout
            for key, seconds in json.loads(ours).items():
                times[key].append(seconds)
            spent, packed = own_time(lambda: [packer.compress(bytearray(part)) for part in parts])
            times["pack"].append(spent)
            spent, back = own_time(lambda: [packer.decompress(part) for part in packed])
            times["unpack"].append(spent)
            assert all(bytes(one) == other for one, other in zip(back, parts))
            spent, whole = own_time(lambda: packer.compress(bytearray(content)))
            times["pack one"].append(spent)
            spent, back = own_time(lambda: packer.decompress(whole))
            times["unpack one"].append(spent)
            assert bytes(back) == content
        inspected = subprocess.run([tool, "delta", "inspect", delta, "--json"], check=True, stdout=subprocess.PIPE).stdout
        share, stored = delta.stat().st_size / len(content), json.loads(inspected)["storedBytes"] / len(content)
        theirs = min(sum(map(len, packed)), len(whole)) / len(content)
        medians = {key: statistics.median(values) * 1e3 for key, values in times.items()}
        print(
            f"{name:5} {short:4} {len(content) / 1e6:5.1f} MB  file {share:6.2%}, tensors {stored:6.2%}, ZipNN {theirs:6.2%}"
            f"  pack {medians['write']:6.1f} ms (SHA-256 {medians['digests'] * (1 + share):5.1f}),"
            f" ZipNN {medians['pack']:6.1f}, one buffer {medians['pack one']:5.1f}"
            f"  unpack {medians['read']:6.1f} ms (SHA-256 {medians['digests']:5.1f}),"
            f" ZipNN {medians['unpack']:6.1f}, one buffer {medians['unpack one']:5.1f}",
            flush=True)
        fits &= share <= LIMITS[short] and stored <= theirs * 1.01
        fits &= medians["write"] <= medians["pack"] and medians["read"] <= medians["unpack"]
    return fits


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", required=True)
    parser.add_argument("--packing", required=True, help="what scripts/hosting builds to time the library")
    parser.add_argument("--models", default=".demo/full-size")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    maker = pathlib.Path(__file__).resolve().parents[1] / "fixtures" / "make_full_size.py"
    names = {"vit": "timm_vit_base", "swin": "timm_swin_base"}
    subprocess.run([sys.executable, maker, given.models, "--only", *names.values()], check=True)
    with tempfile.TemporaryDirectory() as scratch:
        fits = [
            compare(given, name, pathlib.Path(given.models) / checkpoint, pathlib.Path(scratch))
            for name, checkpoint in names.items()
        ]
    sys.exit(0 if all(fits) else 1)


if __name__ == "__main__":
    if not WARM.items() <= os.environ.items():
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | WARM)
    main()
