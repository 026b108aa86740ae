"""Where the parties' names come from."""

import pytest

from qa_pipeline.domain.recording import CallMetadata, Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.stages.find_names import find_names


def _talk(*lines: str) -> list[Turn]:
    roles = {"a": Role.AGENT, "c": Role.CUSTOMER}
    return [
        Turn(roles[line[0]], i * 3_000, i * 3_000 + 2_500, line[2:]) for i, line in enumerate(lines)
    ]


def test_record_ranks_first_and_is_completed_by_what_is_said() -> None:
    talk = _talk("a hello my name is daniel", "c hi my name is patricia brown")
    metadata = CallMetadata(agent_name="Daniel Brooks", customer_name="Patricia")
    agent, customer = find_names(talk, metadata, "en")
    assert agent is not None and agent.source == "metadata" and agent.family == "Brooks"
    assert customer is not None and (customer.family, customer.given) == ("Brown", "Patricia")


def test_wrong_record_is_not_mixed_with_what_is_said() -> None:
    talk = _talk("a hello this is megan", "c hi")
    agent, _ = find_names(talk, CallMetadata(agent_name="Mary"), "en")
    assert agent is not None and agent.given == "Mary" and agent.family is None


@pytest.mark.parametrize(
    ("language", "lines", "family", "given"),
    [
        (
            "en",
            ("a may i have your name please", "c sure it's hannah fletcher"),
            "Fletcher",
            "Hannah",
        ),
        ("en", ("a who am i speaking with", "c um patricia"), None, "Patricia"),
        ("en", ("a Could you spell your surname?", "c K-I-N-G"), "King", None),
        ("en", ("a what is your last name", "c it's braun b r a u n"), "Braun", None),
        ("en", ("a how can i help", "c i lost my card", "a okay mr lopez"), "lopez", None),
        ("zh", ("a 请问您贵姓", "c 免贵姓李"), "李", None),
        ("zh", ("a 请问怎么称呼您", "c 姓欧阳"), "欧阳", None),
        ("zh", ("a 您怎么称呼", "c 周海燕"), "周", "海燕"),
        ("zh", ("a 有什么可以帮您", "c 我查个快递", "a 好的孙先生"), "孙", None),
    ],
)
def test_customer(
    language: str, lines: tuple[str, ...], family: str | None, given: str | None
) -> None:
    _, customer = find_names(_talk(*lines), CallMetadata(), language)
    assert customer is not None
    assert (customer.family or "").lower() == (family or "").lower()
    assert customer.given == given


def test_unknown_stays_unknown() -> None:
    talk = _talk("a how can i help", "c i want to check my balance", "a it is ten dollars")
    assert find_names(talk, CallMetadata(), "en") == (None, None)


def test_spelled_order_code_is_no_name() -> None:
    talk = _talk("a what is the code", "c it is a b c d one two")
    assert find_names(talk, CallMetadata(), "en")[1] is None
