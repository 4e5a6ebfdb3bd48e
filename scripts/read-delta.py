#!/usr/bin/env python3
"""Reads an AdaRoute delta as the README's section "The delta format" says, and compares every digest.

    scripts/read-delta.py task.ardelta                prints the manifest and what each tensor holds
    scripts/read-delta.py task.ardelta -o task.npz    also writes the tensors; bfloat16 as float32

Needs Python 3.9 with zstandard and numpy, nothing of AdaRoute.
"""
import argparse
import hashlib
import json
import math
import struct
import sys

import numpy
import zstandard

TYPES = {
    "f64": "<f8", "f32": "<f4", "f16": "<f2", "bf16": "<u2", "i64": "<i8", "i32": "<i4", "i16": "<i2", "i8": "i1",
    "u8": "u1", "bool": "?",
}
CONTENT_LIMIT, MANIFEST_LIMIT, MANIFEST_RATIO = 4 << 20, 64 << 20, 32


def require(holds, message):
    if not holds:
        sys.exit(f"read-delta: {message}")


def varint(data, at):
    number = shift = 0
    while True:
        require(at < len(data) and shift < 64, "a number in the manifest does not end")
        byte = data[at]
        number, at, shift = number | (byte & 0x7F) << shift, at + 1, shift + 7
        if byte < 0x80:
            return number, at


def fields(data):
    """A protobuf message as {number: [values]}; numbers are integers, everything else bytes."""
    found, at = {}, 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        elif key & 7 == 1:
            value, at = data[at : at + 8], at + 8
        else:
            require(key & 7 == 2, f"field {key >> 3} of the manifest has wire type {key & 7}")
            size, at = varint(data, at)
            value, at = data[at : at + size], at + size
            require(at <= len(data), "the manifest ends inside a field")
        found.setdefault(key >> 3, []).append(value)
    return found


def numbers(data):
    found, at = [], 0
    while at < len(data):
        number, at = varint(data, at)
        found.append(number)
    return found


def skippable(data, at, magic, *marks):
    """The mark and the content, after its mark, of the skippable frame at `at`, and where it ends."""
    require(len(data) >= at + 16, "the file ends too early")
    found, size = struct.unpack_from("<II", data, at)
    mark = data[at + 8 : at + 16]
    require(found == magic and mark in marks, f"no {marks[-1].decode()} at byte {at}")
    end = at + 8 + size
    require(end <= len(data), f"{mark.decode()} ends at byte {end}, the file at {len(data)}")
    return mark, data[at + 16 : end], end


def unpacked(frame):
    """The manifest that a zstd frame holds."""
    size = zstandard.frame_content_size(frame)
    require(0 <= size <= min(MANIFEST_LIMIT, MANIFEST_RATIO * len(frame)), f"a manifest of {size} bytes")
    content = zstandard.ZstdDecompressor().decompress(frame, allow_extra_data=False)
    require(len(content) == size, f"{len(content)} bytes of the manifest, {size} stated")
    return content


def unpacked_planes(content, count, size):
    """`count` zstd frames of `size` bytes, one after the other."""
    planes = []
    for _ in range(count):
        require(zstandard.frame_content_size(content) == size, f"a plane is not of {size} bytes")
        frame = zstandard.ZstdDecompressor().decompressobj()
        planes.append(frame.decompress(content))
        require(frame.eof and len(planes[-1]) == size, "a plane is cut short")
        content = frame.unused_data
    require(not content, f"{len(content)} bytes follow the planes")
    return b"".join(planes)


def tensor(message, frames, version):
    name = message[1][0].decode()
    kind = message[2][0].decode()
    dtype = numpy.dtype(TYPES[kind])
    shape = numbers(b"".join(message.get(4, [])))
    size = math.prod(shape) * dtype.itemsize
    planes, rotated, plane_frames = (message.get(field, [0])[0] for field in (6, 8, 12))
    require(planes or not rotated and not plane_frames, f"{name}: rotated, or planes with frames, without planes")
    require(dtype.itemsize > 1 or not planes, f"{name}: planes of single bytes")
    require(version >= 4 or not plane_frames, f"{name}: planes with frames in version {version}")
    parts = []
    for frame in map(fields, message.get(7, [])):
        offset, packed, count = frame[1][0], frame[2][0], frame[3][0]
        require(count == min(size - sum(map(len, parts)), CONTENT_LIMIT), f"{name}: a frame of {count} bytes")
        content = frames[offset : offset + packed]
        require(hashlib.sha256(content).digest() == frame[4][0], f"{name}: a frame's digest differs")
        if plane_frames:
            content = unpacked_planes(content, dtype.itemsize, count // dtype.itemsize)
        else:
            content = zstandard.ZstdDecompressor().decompress(content, max_output_size=count)
        require(len(content) == count, f"{name}: {len(content)} bytes in a frame, {count} stated")
        if planes:
            elements = numpy.frombuffer(content, "u1").reshape(dtype.itemsize, -1).T.copy()
            elements = elements.view(f"<u{dtype.itemsize}").ravel()
            if rotated:
                top = 8 * dtype.itemsize - 1
                elements = (elements >> 1) | (elements << top)
            content = elements.tobytes()
        parts.append(content)
    content = b"".join(parts)
    require(len(content) == size, f"{name}: {len(content)} of {size} bytes")
    require(hashlib.sha256(content).digest() == message[5][0], f"{name}: the tensor's digest differs")
    array = numpy.frombuffer(content, dtype).reshape(shape)
    if kind == "bf16":
        array = (array.astype("<u4") << 16).view("<f4")
    if 10 in message:
        scales = numpy.frombuffer(message[10][0], "<f4")
        array = (array.reshape(len(scales), -1) * scales[:, None]).reshape(shape)
    return name, kind, array


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("delta")
    parser.add_argument("-o", "--output")
    given = parser.parse_args()
    with open(given.delta, "rb") as file:
        data = file.read()
    mark, content, start = skippable(data, 0, 0x184D2A5A, b"ARDELTA1", b"ARDELTA2")
    require(hashlib.sha256(content[32:]).digest() == content[:32], "the manifest's digest differs")
    manifest = fields(unpacked(content[32:]) if mark == b"ARDELTA2" else content[32:])
    require(manifest[1][0] in (1, 2, 3, 4), f"format version {manifest[1][0]}")
    lines = []
    for base in map(fields, manifest.get(4, [])):
        shape = numbers(b"".join(base.get(3, [])))
        lines.append(f"{base[1][0].decode()}\t{base[2][0].decode()}\t{shape}\t{base[4][0].hex()}\n")
    digest = hashlib.sha256("".join(lines).encode()).digest()
    require(digest == manifest[3][0], "the base's digest is not that of its tensors")
    stored = [fields(message) for message in manifest.get(8, [])]
    end = start + sum(fields(frame)[2][0] for message in stored for frame in message.get(7, []))
    signers = []
    if end != len(data):
        _, content, last = skippable(data, end, 0x184D2A5B, b"ARSIGN01")
        require(last == len(data) and len(content) % 96 == 0, "bytes after the last frame")
        signers = [content[at : at + 32].hex() for at in range(0, len(content), 96)]

    print("producer ", manifest[2][0].decode())
    print("base     ", manifest[3][0].hex(), f"({len(manifest.get(4, []))} tensors)")
    print("method   ", manifest[5][0].decode(), json.loads(manifest[6][0]))
    print("labels   ", len(manifest.get(7, [])))
    print("signed by", ", ".join(signers) or "nobody", "(signatures are not checked here)" if signers else "")
    arrays = {}
    for message in stored:
        name, kind, array = tensor(message, memoryview(data)[start:end], manifest[1][0])
        arrays[name] = array
        mean = f"mean {array.mean(dtype='f8'):.6g}" if array.size else "empty"
        print(f"{kind:4} {list(array.shape)!s:20} {mean:22} {name}")
    if given.output:
        numpy.savez(given.output, **arrays)


if __name__ == "__main__":
    main()
