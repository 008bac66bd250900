"""Many arrays behind one pointer, for kernels.

The tables and the state are some ninety arrays. Passed as a tuple, each call would copy
five hundred words. A *block* lays the addresses and shapes of its arrays out in memory
once; a kernel gets one pointer, and ``T.mask`` inside it is an ordinary array. Those
words never change while a block lives, which the compiler is told, so it reads them
outside of loops.

Define one as a frozen dataclass whose fields are integers and C-ordered arrays:

    @dataclass(frozen=True, eq=False)
    class Tables(Block):
        num_days: int
        class_limit: npt.NDArray[np.int64]
"""

import dataclasses
import hashlib
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    NativeValue,
    infer_getattr,
    intrinsic,
    lower_getattr_generic,
    models,
    register_model,
    unbox,
)
from numba.np.arrayobj import make_array, populate_array
from numba.np.numpy_support import from_dtype

Field = tuple[str, str, int]
"""(name, dtype or "int", dimensions)"""


class BlockType(types.Type):
    """What the compiler knows of a block: its fields, in order."""

    def __init__(self, name: str, fields: tuple[Field, ...]) -> None:
        self.fields = fields
        digest = hashlib.sha256(repr(fields).encode()).hexdigest()[:8]
        super().__init__(name=f"{name}_{digest}")

    def find(self, name: str) -> tuple[int, Field] | None:
        """The field's first word and description."""
        word = 0
        for field in self.fields:
            if field[0] == name:
                return word, field
            word += 1 + field[2]
        return None


class Block:
    """Base of frozen dataclasses that kernels take as one pointer."""

    _address: int
    _words: Any
    _numba_type_: BlockType

    def __post_init__(self) -> None:
        fields: list[Field] = []
        words: list[int] = []
        for field in dataclasses.fields(self):  # type: ignore[arg-type]
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                array = np.ascontiguousarray(value)
                object.__setattr__(self, field.name, array)
                fields.append((field.name, array.dtype.name, array.ndim))
                words += [array.ctypes.data, *array.shape]
            else:
                fields.append((field.name, "int", 0))
                words.append(int(value))
        memory = np.array(words, np.int64)
        object.__setattr__(self, "_words", memory)
        object.__setattr__(self, "_address", memory.ctypes.data)
        kind = BlockType(type(self).__name__, tuple(fields))
        object.__setattr__(self, "_numba_type_", kind)


@register_model(BlockType)
class _BlockModel(models.OpaqueModel):
    """One pointer."""


@unbox(BlockType)
def _unbox_block(kind: Any, value: Any, context: Any) -> NativeValue:
    api = context.pyapi
    address = api.object_getattr_string(value, "_address")
    pointer = api.long_as_voidptr(address)
    api.decref(address)
    failed = cgutils.is_not_null(context.builder, api.err_occurred())
    return NativeValue(pointer, is_error=failed)


def _array_type(field: Field) -> Any:
    return types.Array(from_dtype(np.dtype(field[1])), field[2], "C")


@infer_getattr
class _BlockAttributes(AttributeTemplate):
    key = BlockType

    def generic_resolve(  # type: ignore[override]
        self, kind: BlockType, name: str
    ) -> Any:
        found = kind.find(name)
        if found is None:
            return None
        field = found[1]
        return types.int64 if field[1] == "int" else _array_type(field)


@lower_getattr_generic(BlockType)
def _read_field(
    context: Any, builder: Any, kind: BlockType, block: Any, name: str
) -> Any:
    found = kind.find(name)
    assert found is not None
    word, field = found
    int64 = ir.IntType(64)
    base = builder.bitcast(block, int64.as_pointer())

    def load(index: int) -> Any:
        place = builder.gep(base, [ir.Constant(int64, index)])
        value = builder.load(place)
        value.set_metadata("invariant.load", builder.module.add_metadata([]))
        return value

    if field[1] == "int":
        return load(word)
    kind_of_array = _array_type(field)
    array = make_array(kind_of_array)(context, builder)
    size = context.get_abi_sizeof(context.get_data_type(kind_of_array.dtype))
    shape = [load(word + 1 + axis) for axis in range(field[2])]
    strides: list[Any] = [ir.Constant(int64, size)]
    for length in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], length))
    populate_array(
        array,
        data=builder.inttoptr(load(word), array.data.type),
        shape=shape,
        strides=strides,
        itemsize=ir.Constant(int64, size),
        meminfo=None,
    )
    return array._getvalue()


def _popcount(typing_context: Any, value: Any) -> Any:

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(types.int64), generate


LANES = 8
"""Numbers that one vector addition takes."""


def _add_lanes(
    typing_context: Any, target: Any, at: Any, source: Any, start: Any
) -> Any:

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        bits = signature.args[0].dtype.bitwidth

        def pointer(kind: Any, array: Any, index: Any) -> Any:
            data = make_array(kind)(context, builder, array).data
            of = ir.IntType(kind.dtype.bitwidth)
            vector = ir.VectorType(of, LANES).as_pointer()
            return builder.bitcast(builder.gep(data, [index]), vector)

        to = pointer(signature.args[0], arguments[0], arguments[1])
        by = pointer(signature.args[2], arguments[2], arguments[3])
        more = builder.load(by, align=4)
        if bits > 32:
            more = builder.sext(more, ir.VectorType(ir.IntType(bits), LANES))
        total = builder.add(builder.load(to, align=bits // 8), more)
        builder.store(total, to, align=bits // 8)
        return context.get_dummy_value()

    signature = types.void(target, types.int64, source, types.int64)
    return signature, generate


def _apart(typing_context: Any) -> Any:

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        # A kernel first compiled for a merged one inherits that it is to be merged.
        builder.function.attributes.discard("alwaysinline")
        builder.function.attributes.add("noinline")
        return context.get_dummy_value()

    return types.void(), generate


apart: Any = intrinsic(_apart)
"""``apart()`` in a large kernel keeps it out of its callers. Without it the compiler
copies it to each place that calls it, and takes minutes where seconds are enough."""
popcount: Any = intrinsic(_popcount)
"""``popcount(value)``: number of bits set in an integer."""
add_lanes: Any = intrinsic(_add_lanes)
"""``target[at:at + 8] += source[start:start + 8]``, as ``add_lanes(target, at, source,
start)``: one-dimensional int32 into int32 or int64."""
