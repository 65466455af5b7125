import pytest

from textgym.protocols import Example


def test_data_cannot_change_from_outside():
    inner, pairs = [1], (("food", "thai"), ("area", "north"))
    data = Example("one", "Hi", data={"inner": inner, "nested": (inner, {"k": inner}), "pairs": pairs}).data
    inner.append(2)
    assert data == {"inner": (1,), "nested": ((1,), {"k": (1,)}), "pairs": pairs}
    for mapping in (data, data["nested"][1]):
        with pytest.raises(TypeError, match="does not support item assignment"):
            mapping["k"] = 0
