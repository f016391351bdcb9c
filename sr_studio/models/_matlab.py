"""Reads the matrices of a MATLAB file (version 5 to 7.2), as networks of before PyTorch come."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

MATLAB_HEAD = b"MATLAB 5.0 MAT-file"
MATLAB_ERRORS = (
    MatReadError,
    ArithmeticError,
    EOFError,
    LookupError,
    MemoryError,
    NotImplementedError,
    TypeError,
    ValueError,
    zlib.error,
)
"""What scipy raises on a damaged file; it runs nothing that is in one."""


def read_matlab(path: Path) -> dict[str, Tensor]:
    """Return the matrices of numbers: variables, and the fields of variables that are structs."""
    tensors: dict[str, Tensor] = {}
    for name, value in loadmat(path).items():
        if not isinstance(value, np.ndarray):
            continue  # the file's header
        fields = value.dtype.names
        parts = {name: value} if fields is None else {key: value[key].item() for key in fields}
        for key, matrix in parts.items():
            if isinstance(matrix, np.ndarray) and matrix.dtype.kind in "fiub":
                tensors[key] = torch.from_numpy(np.ascontiguousarray(matrix, dtype=np.float32))
    return tensors
