"""Days of duty in seconds: random cases, faults and time travel against the production flows and the little platforms.

The engine of the drill (`run.py` and what it drives) builds the product as it is served; what is counted is counted by
`judge.py` from the platforms' logs, and that imports nothing of the product.
"""
