"""Kill tests and replicas, seen from outside.

The server is a process that is killed; the platforms are the little ones of `tests/platforms`, in the driver's own
process. Nothing here that sends, counts or judges imports the product: what the platforms logged is the only truth.
"""
