"""How much each figure of a pair of reports says; written by tests/bench/merge_train.py."""

WITHOUT = {
    "start": -2.859,
    "rarity shared": 3.883,
    "names shared": 0.421,
    "numbers shared": 0.271,
    "length of the shorter": -1.806,
    "length of the longer": -1.436,
    "background": -36.372,
    "alike": 1.302,
    "words shared": -0.507,
    "other names and numbers": -2.482,
}

WITH_SUMMARIES = {
    "start": 1.244,
    "rarity shared": 2.126,
    "names shared": -0.097,
    "numbers shared": 0.252,
    "length of the shorter": 0.203,
    "length of the longer": -1.880,
    "background": -106.017,
    "headlines alike": 2.472,
    "neighbourhood": -10.753,
    "against neighbours": 4.203,
}
