"""How much each figure of a pair of reports says; written by tests/bench/merge_train.py."""

WITHOUT = {
    "start": -3.519,
    "rarity shared": 3.823,
    "names shared": 0.405,
    "numbers shared": 0.266,
    "length of the shorter": -1.867,
    "length of the longer": -1.053,
    "background": -36.916,
    "alike": 1.639,
    "words shared": -0.477,
    "other names and numbers": -2.970,
}

WITH_SUMMARIES = {
    "start": 1.325,
    "rarity shared": 2.167,
    "names shared": -0.058,
    "numbers shared": 0.241,
    "length of the shorter": 0.222,
    "length of the longer": -1.941,
    "background": -107.040,
    "headlines alike": 2.567,
    "neighbourhood": -11.392,
    "against neighbours": 4.156,
}
