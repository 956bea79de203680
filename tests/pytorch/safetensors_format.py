"""A short reader and writer of the safetensors format for PyTorch tensors, of the dtypes that xgrad has: to be read, and for the tests.

A file is the length of the header (8 bytes, little-endian), the header, and the arrays' bytes, row-major and without gaps. The header is
JSON: {name: {"dtype": "F32", "shape": [3, 2], "data_offsets": [begin, end]}, "__metadata__": {text: text}}.
"""
import json
import struct

import numpy as np
import torch

DTYPES = {"F32": np.dtype("<f4"), "F64": np.dtype("<f8"), "I64": np.dtype("<i8")}
NAMES = {dtype: name for name, dtype in DTYPES.items()}


def read(path):
    """The tensors of a file by name, in the order of the names: what load_state_dict() takes."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        array = np.frombuffer(data[begin:end], DTYPES[entry["dtype"]]).reshape(entry["shape"])
        tensors[name] = torch.from_numpy(array.copy())
    return tensors


def write(path, tensors, metadata={"format": "pt"}):
    """Writes tensors by name, such as a state_dict(), and texts by name."""
    arrays = {name: tensor.detach().contiguous().numpy() for name, tensor in tensors.items()}
    header, data = {"__metadata__": metadata}, bytearray()
    for name, array in sorted(arrays.items(), key=lambda entry: -entry[1].itemsize):  # so that every array is aligned
        header[name] = {"dtype": NAMES[array.dtype], "shape": array.shape, "data_offsets": [len(data), len(data) + array.nbytes]}
        data += array.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)
