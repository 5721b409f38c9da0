"""How much each figure of a pair of reports says; written by tests/bench/merge_train.py."""

WITHOUT = {
    "start": -1.300,
    "alike": 1.105,
    "rarity shared": 3.339,
    "names shared": 0.483,
    "numbers shared": 0.807,
    "length of the shorter": -1.879,
    "length of the longer": -1.592,
    "background": -39.857,
}

WITH_SUMMARIES = {
    "start": -1.275,
    "alike": -2.823,
    "rarity shared": 1.786,
    "names shared": -0.337,
    "numbers shared": 0.384,
    "length of the shorter": 0.506,
    "length of the longer": -1.654,
    "background": -48.670,
    "headlines alike": 0.833,
    "against neighbours": 5.743,
}
