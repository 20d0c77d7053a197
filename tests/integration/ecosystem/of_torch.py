# SPDX-License-Identifier: BSD-3-Clause
"""Tensors, modules and optimizers of PyTorch, on the CPU."""

import numpy as np
import torch
from torch import nn

__all__ = ["objects"]

DTYPES = """bool uint8 int8 int16 int32 int64 float16 bfloat16 float32 float64 complex64 complex128 float8_e4m3fn
    uint16 uint32""".split()


class Listed(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 4), nn.Linear(4, 4)])
        self.named = nn.ModuleDict({"first": nn.Tanh(), "second": nn.Softmax(dim=1)})

    def forward(self, given):
        return self.named["second"](self.named["first"](self.layers[1](self.layers[0](given))))


class Tied(nn.Module):
    """Two layers with one weight, which only the same object keeps tied."""

    def __init__(self):
        super().__init__()
        self.one, self.other = nn.Linear(4, 4), nn.Linear(4, 4)
        self.other.weight = self.one.weight

    def forward(self, given):
        assert self.one.weight is self.other.weight
        return self.other(self.one(given))


class Own(nn.Module):
    """With a buffer, a parameter and an attribute."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.arange(4.0))
        self.register_buffer("offset", torch.ones(4))
        self.names = {"a": [1, 2], "b": np.arange(3)}

    def forward(self, given):
        return given * self.scale + self.offset


# What makes a module, and the shape of what it is called with.
LAYERS = {
    "linear": (lambda: nn.Linear(4, 2), (3, 4)),
    "perceptron": (lambda: nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 2)), (3, 4)),
    "convolution": (lambda: nn.Sequential(nn.Conv2d(1, 3, 2), nn.BatchNorm2d(3), nn.MaxPool2d(2)), (2, 1, 5, 5)),
    "lstm": (lambda: nn.LSTM(4, 3, num_layers=2, bidirectional=True, batch_first=True), (2, 5, 4)),
    "gru": (lambda: nn.GRU(4, 3), (2, 5, 4)),
    "attention": (lambda: nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), (2, 5, 8)),
    "transformer": (lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 2), (5, 2, 8)),
    "norms": (lambda: nn.Sequential(nn.LayerNorm(4), nn.GroupNorm(2, 4), nn.BatchNorm1d(4)), (3, 4)),
    "list": (Listed, (3, 4)),
    "tied": (Tied, (3, 4)),
    "own": (Own, (3, 4)),
}


def numbers(tensor):
    """Its values as NumPy has them, or its bytes where NumPy has no such dtype."""
    tensor = tensor.detach()
    if tensor.layout is not torch.strided:
        tensor = tensor.to_dense()
    if tensor.dtype in (torch.bfloat16, torch.float8_e4m3fn):
        return tensor.float().numpy()
    return tensor.resolve_conj().resolve_neg().numpy()


def seen(tensor):
    about = [str(tensor.dtype), tuple(tensor.shape), str(tensor.layout), tensor.requires_grad, type(tensor).__name__]
    strides = tensor.stride() if tensor.layout is torch.strided else ()
    return [about, strides, numbers(tensor)]


def tensors():
    numbers_ = torch.arange(24)
    for name in DTYPES:
        yield name, (numbers_ % 7).to(getattr(torch, name))
    real = torch.linspace(-1, 1, 24).reshape(2, 3, 4)
    yield "scalar", torch.tensor(3.5)
    yield "empty", torch.empty(0, 3)
    yield "transposed", real.transpose(0, 2)
    yield "slice", real[:, 1:, ::2]
    yield "expanded", torch.ones(1, 3).expand(4, 3)
    yield "channels-last", torch.rand(1, 3, 4, 4).to(memory_format=torch.channels_last)
    yield "conjugate", torch.complex(real, real).conj()
    yield "gradient", torch.ones(3, requires_grad=True)
    yield "parameter", nn.Parameter(torch.ones(3), requires_grad=False)
    yield "from-numpy", torch.from_numpy(np.arange(6.0))
    yield "large", torch.arange(100_000, dtype=torch.float32)
    yield "coo", torch.eye(4).to_sparse()
    yield "csr", torch.eye(4).to_sparse_csr()


def with_views():
    """Views of one storage, which joblib's pickles do not share."""
    base = torch.arange(6.0)
    return [base, base[2:], {"again": base}]


def trained():
    torch.manual_seed(0)
    model = nn.Linear(3, 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
    for _ in range(3):
        optimizer.zero_grad()
        model(torch.ones(2, 3)).sum().backward()
        optimizer.step()
        scheduler.step()
    return model, optimizer, scheduler


def state_of(state):
    if isinstance(state, torch.Tensor):
        return seen(state)
    if isinstance(state, dict):
        return {key: state_of(value) for key, value in state.items()}
    return [state_of(value) for value in state] if isinstance(state, (list, tuple)) else state


def module_on(shape):
    given = torch.linspace(-1, 1, int(np.prod(shape))).reshape(shape)

    def observed(module):
        training, hooks = module.training, len(module._forward_hooks)
        with torch.no_grad():
            result = module.eval()(given)
        module.train(training)
        first = result[0] if isinstance(result, tuple) else result
        return [repr(module), training, hooks, seen(first), state_of(dict(module.state_dict()))]

    return observed


def modules():
    for name, (make, shape) in LAYERS.items():
        torch.manual_seed(0)
        yield f"module-{name}", make(), module_on(shape)
    yield "module-half", nn.Linear(4, 2).to(torch.bfloat16).eval(), lambda it: state_of(dict(it.state_dict()))
    yield "module-scripted", torch.jit.script(nn.Linear(4, 2)), module_on((3, 4))
    model, optimizer, scheduler = trained()
    yield "state-dict", model.state_dict(), state_of
    yield "optimizer", optimizer, lambda it: state_of(it.state_dict())
    yield "optimizer-state", optimizer.state_dict(), state_of
    together = {"model": model, "optimizer": optimizer, "scheduler": scheduler, "epoch": 3}
    yield "checkpoint", together, lambda it: [state_of(it[name].state_dict()) for name in together if name != "epoch"]


def others():
    yield "device-and-dtype", [torch.device("cpu"), torch.float32, torch.Size([2, 3]), torch.strided], repr
    yield "storage", torch.arange(5, dtype=torch.uint8).untyped_storage(), list
    yield "generator", torch.Generator().manual_seed(7), lambda it: it.get_state().numpy()
    yield "normal", torch.distributions.Normal(torch.zeros(2), 1.0), lambda it: seen(it.log_prob(torch.ones(2)))
    data = torch.utils.data.TensorDataset(torch.arange(6.0), torch.arange(6))
    yield "dataset", data, lambda it: [seen(part) for part in it.tensors]
    yield "loader", torch.utils.data.DataLoader(data, batch_size=4), lambda it: [seen(x) for x, _ in it]
    yield "views", with_views(), lambda it: state_of(it)
    in_array = np.array([torch.ones(2), torch.zeros(1)], dtype=object)
    yield "in-object-array", in_array, lambda it: [seen(each) for each in it]


def objects():
    for name, tensor in tensors():
        yield f"tensor-{name}", tensor, seen
    yield from modules()
    yield from others()
