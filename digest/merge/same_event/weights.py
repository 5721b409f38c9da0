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
    "start": -0.773,
    "alike": -1.176,
    "rarity shared": 1.800,
    "names shared": -0.304,
    "numbers shared": 0.341,
    "length of the shorter": 0.446,
    "length of the longer": -1.706,
    "background": -92.048,
    "headlines alike": 0.857,
    "against neighbours": 5.232,
}
