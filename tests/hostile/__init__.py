"""What strangers send: each kind in its worst form, against the real parts.

`make hostile` runs these whole, and beside them what stands with the code that it is about.
"""
