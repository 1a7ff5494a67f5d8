"""A state as one integer: every variable a bit field that holds its value minus the domain's low end."""

from __future__ import annotations

from collections.abc import Iterable

from specgen.core.system import State, Variable


class Packing:
    """Where each variable's bits are.

    Args:
        variables: of the system, in order; the first one takes the lowest bits.

    Attributes:
        offsets: per variable the position of its lowest bit.
        masks: per variable its bits, in place. A variable with one value has no bits.
        lows: per variable the low end of its domain.
        bits: bits of a whole state.
    """

    __slots__ = ("bits", "lows", "masks", "offsets")

    def __init__(self, variables: tuple[Variable, ...]) -> None:
        offsets: list[int] = []
        masks: list[int] = []
        at = 0
        for variable in variables:
            width = (variable.domain.size - 1).bit_length()
            offsets.append(at)
            masks.append(((1 << width) - 1) << at)
            at += width
        self.offsets = tuple(offsets)
        self.masks = tuple(masks)
        self.lows = tuple(v.domain.low for v in variables)
        self.bits = at

    def mask(self, variables: Iterable[int]) -> int:
        """The bits of several variables together."""
        bits = 0
        for index in variables:
            bits |= self.masks[index]
        return bits

    def pack(self, state: State) -> int:
        word = 0
        for value, low, offset in zip(state, self.lows, self.offsets, strict=True):
            word |= (value - low) << offset
        return word

    def unpack(self, word: int) -> State:
        return tuple(
            ((word & mask) >> offset) + low
            for mask, offset, low in zip(self.masks, self.offsets, self.lows, strict=True)
        )
