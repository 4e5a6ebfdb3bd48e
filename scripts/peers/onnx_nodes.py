"""Runs the onnx package's node tests: its conformance suite, one small model with inputs and outputs a case.

Runs every case with the tool, in a process of its own, and compares as the package's own runner does: the same
element type and extents, and numbers within the case's tolerance. A case passes, is refused (one of the documented
exit codes and one line that says why), or fails: anything else. fixtures/onnx_nodes/passing.txt lists what passes; a
listed case that does not pass, and an unlisted one that does, are errors. Exits with 1 where there is an error or a
case fails.

A graph's extents are fixed when a file is converted, so operands that decide extents or axes (`SETTINGS`: a shape, a
list of axes, a number of rounds) are given as initializers. All other operands are inputs.
"""

import argparse
import collections
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import warnings
from concurrent.futures import ThreadPoolExecutor

import ml_dtypes
import numpy as np
import onnx

FIXTURE = pathlib.Path(__file__).resolve().parent.parent.parent / "fixtures" / "onnx_nodes"
LIST = FIXTURE / "passing.txt"
ARCHIVE = FIXTURE / "cases.safetensors.zst"
# Cases with more bytes than this are left to the script: the archive is part of the repository.
PACKED_BYTES = 8192
# Cases that differ, and why.
KNOWN = {
    "test_attention_4d_causal_fp16_expanded":
        "two units in the last place: every product and sum of the function is rounded to half precision, and how sums "
        "are rounded on the way is the implementation's",
}
# Refused: wrong data, or sound and not supported.
REFUSALS = (65, 69)

# Positions of operands that decide extents, axes or a number of rounds.
SETTINGS = {
    "AffineGrid": [1], "BlackmanWindow": [0], "CenterCropPad": [1], "Col2Im": [1, 2], "Compress": [1],
    "ConstantOfShape": [0], "CumProd": [1], "CumSum": [1], "DFT": [1, 2], "Dropout": [1, 2], "Expand": [1],
    "HammingWindow": [0], "HannWindow": [0], "If": [0], "Loop": [0, 1], "MaxUnpool": [2],
    "MelWeightMatrix": [0, 1, 2, 3, 4], "NonMaxSuppression": [2, 3, 4], "NonZero": [0], "OneHot": [1],
    "Pad": [1, 3], "Range": [0, 1, 2], "Reshape": [1], "Resize": [1, 2, 3], "Slice": [1, 2, 3, 4], "Split": [1],
    "SplitToSequence": [1], "Squeeze": [1], "STFT": [1, 3], "TensorScatter": [2], "Tile": [1], "TopK": [1],
    "Trilu": [1], "Unique": [0], "Unsqueeze": [1], "Upsample": [1],
}
SETTINGS.update({op: [1] for op in (
    "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd",
    "ReduceSum", "ReduceSumSquare")})

TYPES = {
    np.dtype(np.bool_): "BOOL", np.dtype(np.uint8): "U8", np.dtype(np.int8): "I8", np.dtype(np.uint16): "U16",
    np.dtype(np.int16): "I16", np.dtype(np.uint32): "U32", np.dtype(np.int32): "I32", np.dtype(np.uint64): "U64",
    np.dtype(np.int64): "I64", np.dtype(np.float16): "F16", np.dtype(ml_dtypes.bfloat16): "BF16",
    np.dtype(np.float32): "F32", np.dtype(np.float64): "F64",
}
BY_NAME = {name: dtype for dtype, name in TYPES.items()}


def write(tensors, metadata):
    """Bytes of a safetensors file, of numpy arrays by name."""
    header, data = {"__metadata__": metadata}, bytearray()
    for name, array in sorted(tensors.items()):
        raw = np.ascontiguousarray(array).tobytes()
        header[name] = {"dtype": TYPES[array.dtype], "shape": list(array.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":"), sort_keys=True).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + bytes(data)


def read(path):
    raw = pathlib.Path(path).read_bytes()
    size = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8 : 8 + size])
    header.pop("__metadata__", None)
    return {
        name: np.frombuffer(raw[8 + size :][slice(*entry["data_offsets"])], BY_NAME[entry["dtype"]]).reshape(entry["shape"])
        for name, entry in header.items()
    }


# The expected numbers of these cases are those of a transform in single precision: they are off by more than the
# cases' own tolerance, 1e-7, of numbers up to 100.
ROUNDED = {"test_dft_inverse": 1e-6, "test_dft_inverse_opset19": 1e-6}


class Case:
    """A model with its settings as initializers, the other operands and the expected results by name.

    `inputs` is None where an operand or result is no tensor of a type that safetensors has: then there is only the
    model, which must be refused.
    """

    def __init__(self, case, base):
        self.name, self.rtol, self.atol = case.name, case.rtol, ROUNDED.get(case.name, case.atol)
        model = onnx.ModelProto.FromString(case.model.SerializeToString())
        given, wanted = case.data_sets[0]
        arrays = {}
        for value, array in zip(model.graph.input, given):
            arrays[value.name] = onnx.numpy_helper.to_array(array) if isinstance(array, onnx.TensorProto) else array
        results = {}
        for value, array in zip(model.graph.output, wanted):
            results[value.name] = onnx.numpy_helper.to_array(array) if isinstance(array, onnx.TensorProto) else array
        settings = self.settings(base.model)
        for value in list(model.graph.input):
            array = arrays[value.name]
            if value.name in settings and isinstance(array, (np.ndarray, np.generic)):
                model.graph.initializer.append(onnx.numpy_helper.from_array(np.asarray(array), value.name))
                model.graph.input.remove(value)
                del arrays[value.name]
        self.model = model.SerializeToString()
        tensors = list(arrays.values()) + list(results.values())
        plain = all(isinstance(t, (np.ndarray, np.generic)) and np.asarray(t).dtype in TYPES for t in tensors)
        self.inputs = {n: np.asarray(t) for n, t in arrays.items()} if plain else None
        self.outputs = {n: np.asarray(t) for n, t in results.items()} if plain else None

    @staticmethod
    def settings(model):
        """Names of the case's inputs that are settings of the operator that it tests."""
        names = set()
        for node in model.graph.node:
            names |= {node.input[i] for i in SETTINGS.get(node.op_type, []) if i < len(node.input)}
        return names

    @property
    def size(self):
        tensors = [] if self.inputs is None else [*self.inputs.values(), *self.outputs.values()]
        return sum(t.nbytes for t in tensors)


def cases():
    from onnx.backend.test.case.node import collect_testcases

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        found = {case.name: case for case in collect_testcases(None)}

    def base(name):
        # An expanded case is its operator's function in the operator's place, with the same inputs.
        return found.get(name.split("_expanded")[0], found[name])

    return [Case(found[name], base(name)) for name in sorted(found)]


def pack(all_cases, path):
    """One safetensors file, compressed: NAME/model, NAME/in/INPUT, NAME/out/OUTPUT, and the tolerances as metadata."""
    tensors, metadata = {}, {}
    for case in all_cases:
        if case.size + len(case.model) > PACKED_BYTES:
            continue
        metadata[case.name] = f"{case.rtol} {case.atol}"
        tensors[f"{case.name}/model"] = np.frombuffer(case.model, np.uint8)
        for name, array in (case.inputs or {}).items():
            tensors[f"{case.name}/in/{name}"] = array
        for name, array in (case.outputs or {}).items():
            tensors[f"{case.name}/out/{name}"] = array
    import zstandard

    raw = write(tensors, metadata)
    path.write_bytes(zstandard.ZstdCompressor(level=19, write_content_size=True).compress(raw))
    print(f"{path.name}: {len(metadata)} cases, {len(raw)} bytes, {path.stat().st_size} compressed")


def difference(case, found):
    """What of the results is not as expected; None where all is."""
    for name, expected in case.outputs.items():
        if name not in found:
            return f"no output {name}"
        result = found[name]
        if result.dtype != expected.dtype or result.shape != expected.shape:
            return f"{name}: {expected.dtype} {list(expected.shape)} expected, {result.dtype} {list(result.shape)} found"
        a, b = result.astype(np.float64), expected.astype(np.float64)
        with np.errstate(all="ignore"):
            if expected.dtype.kind in "iub":
                a, b = result, expected
            # As the package's runner: two units in the last place.
            rtol = max(case.rtol, 2**-6) if TYPES[expected.dtype] == "BF16" else case.rtol
            if not np.allclose(a, b, rtol=rtol, atol=case.atol, equal_nan=True):
                worst = np.nanmax(np.abs(result.astype(np.float64) - expected.astype(np.float64)))
                return f"{name}: differs by {worst}"
    return None


def run(case, tool, folder):
    """`passed`, `refused` or `failed`, and why."""
    model, inputs, outputs = (folder / f"{case.name}.{end}" for end in ("onnx", "in.safetensors", "out.safetensors"))
    model.write_bytes(case.model)
    if case.inputs is None:
        command = [tool, "convert", model, "-o", folder / f"{case.name}.adaroute"]
    else:
        inputs.write_bytes(write(case.inputs, {}))
        command = [tool, "run", model, "--input", inputs, "-o", outputs, "--threads", "1"]
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    lines = result.stderr.strip().splitlines()
    if result.returncode in REFUSALS and len(lines) == 1:
        return "refused", lines[0].replace(str(folder) + "/", "")
    if result.returncode != 0:
        return "failed", f"exit code {result.returncode}: {lines[-1] if lines else 'no message'}"
    if case.inputs is None:
        return "failed", "accepted, though its tensors are of no known type"
    found = difference(case, read(outputs))
    return ("passed", "") if found is None else ("failed", found)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", required=True)
    parser.add_argument("--update", action="store_true", help="write the list and the archive anew")
    parser.add_argument("--verbose", action="store_true", help="a line for each case that does not pass")
    parser.add_argument("names", nargs="*", help="parts of cases' names; without any, all cases")
    options = parser.parse_args()
    chosen = [c for c in cases() if not options.names or any(part in c.name for part in options.names)]
    listed = set(LIST.read_text().split()) if LIST.exists() else set()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda case: run(case, options.tool, pathlib.Path(folder)), chosen))
    counts, errors = collections.Counter(kind for kind, _ in outcomes), 0
    known = sum(kind == "failed" and case.name in KNOWN for case, (kind, _) in zip(chosen, outcomes))
    for case, (kind, reason) in zip(chosen, outcomes):
        if kind == "failed" and case.name in KNOWN:
            print(f"{case.name}: {reason} ({KNOWN[case.name]})")
        elif kind == "failed" or (options.verbose and kind == "refused"):
            print(f"{kind} {case.name}: {reason}")
        if not options.update and (kind == "passed") != (case.name in listed):
            errors += 1
            print(f"{case.name} passed, but is not listed: --update" if kind == "passed" else f"{case.name} is listed, but {kind}: {reason}")
    if options.update and not options.names:
        LIST.write_text("".join(f"{case.name}\n" for case, (kind, _) in zip(chosen, outcomes) if kind == "passed"))
        pack(chosen, ARCHIVE)
    print(f"onnx {onnx.__version__}: {counts['passed']} of {len(chosen)} cases pass, {counts['refused']} are refused, {counts['failed']} fail")
    sys.exit(1 if errors or counts["failed"] > known else 0)


if __name__ == "__main__":
    main()
