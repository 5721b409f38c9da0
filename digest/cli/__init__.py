"""The command line: a file for each word that is typed, each a thin face on the services.

digest.cli.commands has the words; `build`, `preview`, `check-issue` and `send` are in issue.py,
`collect`, `run` and `scheduler` in run.py, every other word in the file of its name.
"""
