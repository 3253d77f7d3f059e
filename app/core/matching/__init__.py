"""From what somebody wrote to what it is about, with a confidence and the evidence for it."""
