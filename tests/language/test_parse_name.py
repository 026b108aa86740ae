"""Names taken apart."""

import pytest

from qa_pipeline.language.names import find_address, parse_name


@pytest.mark.parametrize(
    ("text", "family", "given"),
    [
        ("Daniel Brooks", "Brooks", "Daniel"),
        ("Brooks, Daniel", "Brooks", "Daniel"),
        ("Dr. Amina Yusuf", "Yusuf", "Amina"),
        ("Ms. Okafor", "Okafor", None),
        ("Elizabeth", None, "Elizabeth"),
        ("Henderson", "Henderson", None),
        ("Maria de la Cruz", "de la Cruz", "Maria"),
        ("Daniel J. Brooks Jr.", "Brooks", "Daniel"),
        ("Wang Fang", "Wang", "Fang"),
        ("Xiaoming Chen", "Chen", "Xiaoming"),
        ("Amy Chen", "Chen", "Amy"),
        ("王芳", "王", "芳"),
        ("歐陽娜娜", "欧阳", "娜娜"),
        ("诸葛亮先生", "诸葛", "亮"),
        ("李女士", "李", None),
        ("小刘", "刘", None),
        ("晓梅", None, "晓梅"),
    ],
)
def test_parse(text: str, family: str | None, given: str | None) -> None:
    parsed = parse_name(text, "en")
    assert parsed is not None
    assert (parsed.family, parsed.given) == (family, given)
    assert parsed.is_full is (family is not None and given is not None)


@pytest.mark.parametrize("text", ["", "  ", "Mr.", "123"])
def test_nothing_to_parse(text: str) -> None:
    assert parse_name(text, "en") is None


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("thank you mr okafor for waiting", "en", ["okafor"]),
        ("Sorry about that, Ms. Young.", "en", ["young"]),
        ("okay ma'am one second sir", "en", []),
        ("i miss that show", "en", []),
        ("my supervisor mr lopez approved it", "en", []),
        ("好的孙先生,欧阳女士也在吗", "zh", ["孙", "欧阳"]),
        ("先生您好", "zh", []),
        ("我转给王经理", "zh", []),
        ("刘总您放心", "zh", ["刘"]),
        ("运费总共十块", "zh", []),
    ],
)
def test_address(text: str, language: str, expected: list[str]) -> None:
    assert [a.family for a in find_address(text, language)] == expected
