"""Random numbers for kernels: xorshift64*, one word of state in ``State.random``.

Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled",
2016, doi:10.1145/2845077. A word of its own makes a search independent of threads and
costs a nanosecond where the library's generator costs five.
"""

import numpy as np

from .jit import inline_kernel, kernel

_12, _25, _27, _32, _11 = (np.uint64(k) for k in (12, 25, 27, 32, 11))
_MULTIPLIER = np.uint64(0x2545F4914F6CDD1D)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_ONE = np.uint64(1)

LOG_STEPS = 1024
NEGATIVE_LOG = -np.log((np.arange(LOG_STEPS) + 0.5) / LOG_STEPS)
"""Minus the logarithm of evenly spread numbers in (0, 1)."""


@kernel
def seed_state(S, seed):
    """Start the sequence of a seed."""
    S.random[0] = (np.uint64(seed) + _ONE) * _MIX | _ONE
    for _ in range(4):
        next_word(S)


@inline_kernel
def next_word(S):
    """64 random bits."""
    word = S.random[0]
    word ^= word >> _12
    word ^= word << _25
    word ^= word >> _27
    S.random[0] = word
    return word * _MULTIPLIER


@inline_kernel
def below(S, count):
    """A random integer in [0, count); ``count`` at most 2**32."""
    return np.int64(((next_word(S) >> _32) * np.uint64(count)) >> _32)


@inline_kernel
def uniform(S):
    """A random number in [0, 1)."""
    return np.float64(np.int64(next_word(S) >> _11)) * 1.1102230246251565e-16


@inline_kernel
def tolerance(S, temperature):
    """The largest rise that the Metropolis criterion accepts this time.

    Drawn before the rise is known, so that pricing can stop once it is above.
    """
    return np.int64(temperature * NEGATIVE_LOG[below(S, LOG_STEPS)])
