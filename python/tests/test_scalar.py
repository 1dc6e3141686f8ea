"""None, bool, int, float, complex, Ellipsis, Decimal, Fraction, UUID: to the bit."""

import struct
import uuid
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from roundtrip import round_trip
from strict import assert_same
from support import Family, by_type

FAMILY = Family("Python", "numbers and constants")

MILLION_DIGITS = 7**1_183_295


def float_of(bits: int) -> float:
    (value,) = struct.unpack("<d", bits.to_bytes(8, "little"))
    return value


VALUES = {
    "none": None,
    "true": True,
    "false": False,
    "ellipsis": ...,
    "zero": 0,
    "one": 1,
    "minus one": -1,
    "most of i64": 2**63 - 1,
    "past i64": 2**63,
    "most of u64": 2**64 - 1,
    "past u64": 2**64,
    "least of i64": -(2**63),
    "below i64": -(2**63) - 1,
    "least in 64 bits of magnitude": -(2**64),
    "below 64 bits of magnitude": -(2**64) - 1,
    "byte of zeros at the end": 2**128,
    "a million digits": MILLION_DIGITS,
    "a million digits, negative": -MILLION_DIGITS,
    "float": 1.5,
    "positive zero": 0.0,
    "minus zero": -0.0,
    "infinity": float("inf"),
    "minus infinity": float("-inf"),
    "nan": float("nan"),
    "negative nan": float_of(0xFFF8000000000000),
    "nan with a payload": float_of(0x7FF8000000ABCDEF),
    "signalling nan": float_of(0x7FF0000000000001),
    "least float": 5e-324,
    "greatest float": 1.7976931348623157e308,
    "whole float": 3.0,
    "complex": 1 + 2j,
    "complex with minus zeros": complex(-0.0, -0.0),
    "complex with nan": complex(float("nan"), float("-inf")),
    "decimal": Decimal("1.10"),
    "decimal, trailing zeros": Decimal("1E+3"),
    "decimal, minus zero": Decimal("-0.00"),
    "decimal, long": Decimal("9" * 5_000 + "." + "1" * 5_000),
    "decimal, nan with payload": Decimal("-NaN123"),
    "decimal, signalling nan": Decimal("sNaN"),
    "decimal, infinity": Decimal("-Infinity"),
    "fraction": Fraction(-1, 3),
    "fraction, whole": Fraction(3),
    "fraction, large": Fraction(10**50 + 1, 10**50),
    "uuid": uuid.UUID("12345678-1234-5678-1234-567812345678"),
    "uuid, known to be safe": uuid.UUID(int=1, is_safe=uuid.SafeUUID.safe),
    "uuid, known to be unsafe": uuid.UUID(int=2, is_safe=uuid.SafeUUID.unsafe),
}


@FAMILY.keeps(by_type(VALUES))
def test_a_scalar_comes_back_to_the_bit(store, value):
    assert_same(round_trip(store, value), value)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (1, 1.0),
        (0.0, -0.0),
        (0, False),
        (Decimal("1.0"), Decimal("1.00")),
        (1.0, 1 + 0j),
    ],
    ids=repr,
)
def test_what_is_equal_but_not_the_same_makes_a_version(store, one: Any, other: Any):
    store.save("page", "key", one)

    assert not store.save("page", "key", other).unchanged
