# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Values of all types go to a guest and come back the same."""
from array import array

import pytest

import weir


@pytest.mark.parametrize("name, value", [
    ("text", ""), ("text", "naïve \U0001f40d\0 text"),
    ("strings", []), ("strings", ["", "a", "ü" * 1000]),
    ("bools", []), ("bools", [True, False, True]),
    ("chars", ["a", "\U0001f40d", "\0"]),
    ("octets", b""), ("octets", bytes(range(256))),
    ("tuples", [(255, "x", True), (0, "", False)]),
    ("options", [None, 0, 65535]),
    ("deep-options", [None, weir.Some(None), weir.Some(7)]),
    ("results", [weir.Ok(-128), weir.Err("wrong"), weir.Ok(127)]),
    ("table", {"a": 1, "b": 2}), ("table", {}),
])
def test_a_value_comes_back(echo, name, value):
    assert echo.exports[name].run(value) == value


@pytest.mark.parametrize("name, code, values", [
    ("words", "I", [0, 1, 2**32 - 1]), ("longs", "q", [-(2**63), 0, 2**63 - 1]), ("quads", "Q", [2**64 - 1]),
    ("floats", "f", [0.5, -1.0, float("inf")]), ("words", "I", []),
])
def test_numbers_come_as_an_array_and_go_as_anything_that_is_one(echo, name, code, values):
    function = echo.exports[name]
    for given in (values, tuple(values), array(code, values), memoryview(array(code, values)), iter(values)):
        result = function.run(given)
        assert result == array(code, values) and result.typecode == code


def test_bytes_go_as_anything_that_lends_them(echo):
    for given in (b"abc", bytearray(b"abc"), memoryview(b"aabbcc")[::2], [97, 98, 99]):
        assert echo.exports.octets.run(given) == b"abc"


def test_a_record_is_a_dataclass_and_a_mapping_or_an_object_will_do(echo):
    Point = echo.exports.Point
    assert Point is echo.component.types.Point
    points = [Point(1, 0.5), {"x": 1, "y_axis": 0.5}, {"x": 1, "y-axis": 0.5}, Point(x=1, y_axis=0.5)]
    assert echo.exports.points.run(points) == [Point(1, 0.5)] * 4
    with pytest.raises(TypeError, match="argument `x` of points: element 1: field `x`: expected s32, found str 'a'"):
        echo.exports.points.run([Point(1, 2.0), Point("a", 2.0)])
    with pytest.raises(TypeError, match="without 'y_axis'"):
        echo.exports.points.run([{"x": 1}])
    with pytest.raises(TypeError, match="with 'z'"):
        echo.exports.points.run([{"x": 1, "y_axis": 1.0, "z": 2}])


def test_an_enum_and_flags_are_those_of_python(echo):
    Color, Modes = echo.exports.Color, echo.exports.Modes
    assert echo.exports.colors.run([Color.RED, "dark-green"]) == [Color.RED, Color.DARK_GREEN]
    modes = Modes.READ | Modes.APPEND_ONLY
    assert echo.exports.modes_of.run([modes, {"read", "append-only"}, [], Modes(0)]) == [modes, modes, Modes(0), Modes(0)]
    with pytest.raises(TypeError, match="expected color"):
        echo.exports.colors.run(["blue"])


def test_a_variant_is_matched(echo):
    Shape, Point = echo.exports.Shape, echo.exports.Point
    shapes = echo.exports.shapes.run([Shape.Empty, Shape.Circle(2.0), ("poly-line", [Point(1, 2.0)]), "empty"])
    assert shapes == [Shape.Empty(), Shape.Circle(2.0), Shape.PolyLine([Point(1, 2.0)]), Shape.Empty()]
    assert all(isinstance(shape, Shape) for shape in shapes)
    match shapes[1]:
        case Shape.Circle(radius):
            assert radius == 2.0
        case _:
            pytest.fail("no circle")
    with pytest.raises(TypeError, match="case `circle`: expected f64"):
        echo.exports.shapes.run([Shape.Circle("big")])
    with pytest.raises(TypeError, match="expected no payload"):
        echo.exports.shapes.run([Shape.Empty(1)])


@pytest.mark.parametrize("name, wrong", [
    ("words", [-1]), ("words", [2**32]), ("words", "abc"), ("words", b"abc"), ("words", [0.5]), ("octets", [256]),
    ("octets", "abc"), ("strings", "abc"), ("strings", [b"abc"]), ("text", "\ud800"), ("bools", [1]), ("chars", ["ab"]),
    ("tuples", [(1, "x")]), ("options", [weir.Ok(1)]), ("deep-options", [7]), ("results", [7]), ("table", [1]),
    ("add", "a"),
])
def test_a_wrong_value_is_a_type_error_and_harms_nothing(echo, name, wrong):
    with pytest.raises(TypeError):
        echo.exports[name].run(wrong) if name != "add" else echo.exports.add.run(wrong, 1)
    assert echo.exports.add.run(1, 2) == 3


def test_flat_values(echo):
    exports = echo.exports
    assert exports.add.run(2**32 - 1, 1) == 0
    assert exports.add_small.run(-100, -28) == -128
    assert exports.neg.run(2**63 - 1) == -(2**63 - 1)
    assert exports.half.run(3) == 1.5
    assert exports.flip.run(True) is False
    assert exports.same.run("\U0001f40d") == "\U0001f40d"
    assert exports.add.run(a=1, b=2) == exports.add.run(1, b=2) == 3
    for wrong in ((2**32, 0), (-1, 0), (0.5, 0), (True, 0), (1,), (1, 2, 3)):
        with pytest.raises(TypeError):
            exports.add.run(*wrong)
    with pytest.raises(TypeError, match="b is missing"):
        exports.add.run(1, c=2)


def test_a_result_is_returned_or_raised(echo, component):
    assert echo.exports.check.run(2) == 2
    with pytest.raises(weir.Err) as raised:
        echo.exports.check.run(3)
    assert raised.value.value == "odd"
    with weir.Store(results="values") as store:
        values = store.instantiate(component("echo"), {"make": lambda n: n})
        assert values.exports.check.run(2) == weir.Ok(2)
        assert values.exports.check.run(3) == weir.Err("odd")
