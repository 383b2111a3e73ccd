from metier.text.said import says_all


def test_a_short_answer_is_said_as_whole_words_and_figures() -> None:
    assert says_all("The revenue was 7,772 in Q2.", ["7,772"])
    assert says_all("It weighs 3.", ["3"])
    assert not says_all("It takes 13 days.", ["3"])
    assert not says_all("It weighs 3.5 kg.", ["3"])
    assert not says_all("It weighs 1.3 kg.", ["3"])
    assert says_all("Revenue: −3 to 5", ["−3", "5"])
    assert not says_all("Revenue: 5", ["−3", "5"])
    assert not says_all("Nothing is asked.", [])
